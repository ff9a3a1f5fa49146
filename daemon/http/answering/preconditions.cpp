#include "daemon/http/answering/preconditions.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::http {
namespace {

/// Of "\"3-0123456789abcdef\"" or "\"3\"": 3. Nothing of a weak tag, which is not compared strongly.
std::optional<std::uint64_t> generationOf(std::string_view tag) {
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  tag = tag.substr(1, tag.size() - 2);
  tag = tag.substr(0, tag.find('-'));
  std::uint64_t generation = 0;
  const auto [end, ec] = std::from_chars(tag.data(), tag.data() + tag.size(), generation);
  if (ec != std::errc() || end != tag.data() + tag.size()) return std::nullopt;
  return generation;
}

/// Of all fields of this name, which are one list.
std::vector<std::string_view> tagsIn(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> tags;
  for (const auto& [key, value] : headers.all()) {
    if (!equalsIgnoringCase(key, name)) continue;
    for (std::string_view list = value; !list.empty();) {
      const auto comma = std::min(list.find(','), list.size());
      tags.push_back(trimmed(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
  }
  return tags;
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

Generations matchedGenerations(const Headers& headers) {
  if (!hasIfMatch(headers)) return std::nullopt;
  std::vector<std::uint64_t> generations;
  for (const auto& tag : tagsIn(headers, "If-Match")) {
    if (tag == "*") return std::nullopt;
    if (const auto generation = generationOf(tag)) generations.push_back(*generation);
  }
  return generations;
}

Result<void> checkIfMatch(const Headers& headers, std::uint64_t generation) {
  const auto wanted = matchedGenerations(headers);
  if (!wanted || std::find(wanted->begin(), wanted->end(), generation) != wanted->end()) return {};
  return Error{Errc::PreconditionFailed,
               fmt::format("the definition has generation {}, and If-Match is {}", generation,
                           inQuotes(headers.find("If-Match").value_or(""))),
               "get it anew, and make the change to that",
               {}};
}

Result<void> checkIfNoneMatch(const Headers& headers, std::uint64_t generation) {
  const auto tags = tagsIn(headers, "If-None-Match");
  const auto excludes = [generation](std::string_view tag) {
    return tag == "*" || generationOf(tag.substr(tag.starts_with("W/") ? 2 : 0)) == generation;
  };
  if (std::none_of(tags.begin(), tags.end(), excludes)) return {};
  return Error{Errc::PreconditionFailed,
               fmt::format("the definition has generation {}, which If-None-Match excludes", generation),
               "leave If-None-Match out to change a VM that is there",
               {}};
}

Result<VmView> matchedVm(const Service& service, const Exchange& exchange) {
  auto view = service.find(exchange.captures[0]);
  if (!view) return std::move(view).error();
  if (auto matched = checkIfMatch(exchange.request.headers, view->vm.generation); !matched) {
    return std::move(matched).error();
  }
  if (auto unmatched = checkIfNoneMatch(exchange.request.headers, view->vm.generation); !unmatched) {
    return std::move(unmatched).error();
  }
  return view;
}

}  // namespace microvm::http
