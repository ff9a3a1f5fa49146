#include "daemon/http/access/authority.hpp"

#include <algorithm>
#include <array>

namespace microvm::http {
namespace {

struct Row {
  std::string_view operation;
  Scope scope;
};

/// Where it is not as usual: who reads needs Read, who changes needs Admin.
constexpr std::array kScopes{
    Row{"attachConsole", Scope::Console},
    Row{"getConsoleLog", Scope::Console},
    Row{"getPostmortem", Scope::Console},
    Row{"startVm", Scope::Operate},
    Row{"stopVm", Scope::Operate},
    Row{"killVm", Scope::Operate},
    Row{"pauseVm", Scope::Operate},
    Row{"resumeVm", Scope::Operate},
    Row{"restartVm", Scope::Operate},
    Row{"cancelOperation", Scope::Operate},
    Row{"changeRunnerState", Scope::Operate},
    Row{"listTokens", Scope::Admin},
};

}  // namespace

Scope scopeOf(const Operation& operation) {
  const auto* const row =
      std::find_if(kScopes.begin(), kScopes.end(), [&](const Row& each) { return each.operation == operation.id; });
  if (row != kScopes.end()) return row->scope;
  return operation.method == "GET" ? Scope::Read : Scope::Admin;
}

std::optional<std::string_view> bearerOf(const Headers& headers) {
  constexpr std::string_view kScheme = "Bearer ";
  auto value = headers.find("Authorization");
  if (!value || !equalsIgnoringCase(value->substr(0, kScheme.size()), kScheme)) return std::nullopt;
  value->remove_prefix(kScheme.size());
  value->remove_prefix(std::min(value->find_first_not_of(' '), value->size()));
  return value;
}

Result<void> checkOrigin(const Headers& headers) {
  const auto origin = headers.find("Origin");
  if (!origin) return {};
  const auto scheme = origin->find("://");
  const auto place = scheme == std::string_view::npos ? *origin : origin->substr(scheme + 3);
  if (equalsIgnoringCase(place, headers.find("Host").value_or(""))) return {};
  return Error{Errc::Permission, "a page of " + std::string(*origin) + " may not ask this daemon for anything", {}, {}};
}

std::string hostName(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.find(':')));
}

}  // namespace microvm::http
