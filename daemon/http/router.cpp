#include "daemon/http/router.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

namespace microvm::http {
namespace {

std::vector<std::string_view> segmentsOf(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  while (!path.empty()) {
    auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

/// The captured segments, or nothing when the path is another one.
std::optional<std::vector<std::string>> capture(const std::vector<std::string_view>& pattern, const Target& target) {
  if (pattern.size() != target.segments.size()) return std::nullopt;
  std::vector<std::string> captures;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      captures.push_back(target.segments[i]);
    } else if (pattern[i] != target.segments[i]) {
      return std::nullopt;
    }
  }
  return captures;
}

void addMethod(std::string& allow, std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method;
  if (method == "GET") allow += ", HEAD";
}

}  // namespace

Router::Router(std::span<const Route> routes) {
  for (const auto& route : routes) {
    const auto* operation = findOperation(route.operationId);
    assert(operation != nullptr);
    entries_.push_back({&route, operation, segmentsOf(operation->path)});
  }
}

Router::Match Router::match(std::string_view method, const Target& target) const {
  Match match;
  auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  for (const auto& entry : entries_) {
    auto captures = capture(entry.segments, target);
    if (!captures) continue;
    if (entry.operation->method == wanted) {
      match.route = entry.route;
      match.captures = std::move(*captures);
      return match;
    }
    addMethod(match.allow, entry.operation->method);
  }
  return match;
}

}  // namespace microvm::http
