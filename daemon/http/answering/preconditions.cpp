#include "daemon/http/answering/preconditions.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::http {
namespace {

/// Of "\"3-0123456789abcdef\"" or "\"3\"": "3". Nothing of a weak tag, which is not compared strongly.
std::string_view generationOf(std::string_view tag) {
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return {};
  tag = tag.substr(1, tag.size() - 2);
  return tag.substr(0, tag.find('-'));
}

bool isMet(std::string_view list, std::string_view generation) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto tag = trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (tag == "*" || generationOf(tag) == generation) return true;
  }
  return false;
}

}  // namespace

bool hasAlready(const Headers& headers, std::string_view tag) {
  if (!headers.find("If-None-Match")) return false;
  return headers.hasToken("If-None-Match", tag) || headers.hasToken("If-None-Match", "W/" + std::string(tag)) ||
         headers.hasToken("If-None-Match", "*");
}

bool hasIfMatch(const Headers& headers) {
  return headers.find("If-Match").has_value();
}

Result<void> checkIfMatch(const Headers& headers, std::uint64_t generation) {
  const auto wanted = headers.find("If-Match");
  if (!wanted || isMet(*wanted, std::to_string(generation))) return {};
  return Error{Errc::PreconditionFailed,
               fmt::format("the definition has generation {}, and If-Match is {}", generation, *wanted),
               "get it anew, and make the change to that",
               {}};
}

}  // namespace microvm::http
