#include "api/http/target.hpp"

#include <algorithm>

#include "api/core/text.hpp"

namespace microvm::http {
namespace {

constexpr std::size_t kMostParts = 32;
constexpr std::size_t kUsualParts = 4;
constexpr std::string_view kHex = "0123456789ABCDEF";

Error badTarget(std::string detail, std::string hint = {}) {
  return {Errc::Malformed, std::move(detail), std::move(hint), {}};
}

bool isUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._~-").find(c) != std::string_view::npos;
}

bool isVisible(char c) {
  return c > 0x20 && c < 0x7f;
}

/// In a query + is a blank, as forms, URLSearchParams and urllib write it.
enum class Part { Path, Query };

Result<std::string> decode(std::string_view text, Part part) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!isVisible(text[i])) return badTarget("the request target has a byte that has to be encoded");
      out.push_back(part == Part::Query && text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    int high = i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? hexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) return badTarget("the request target has a % without two hexadecimal digits behind it");
    if (high == 0 && low == 0) return badTarget("the request target has an encoded NUL");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

/// Calls `each` for every part; stops at the first error.
template <class Each>
Result<void> split(std::string_view text, char separator, Each each) {
  for (std::size_t count = 0;; ++count) {
    if (count >= kMostParts) return badTarget("the request target has too many parts");
    auto end = std::min(text.find(separator), text.size());
    auto taken = each(text.substr(0, end));
    if (!taken) return taken;
    if (end == text.size()) return {};
    text.remove_prefix(end + 1);
  }
}

Result<void> readPath(std::string_view path, Target& target) {
  if (!path.starts_with('/')) return badTarget("the request target must be a path that starts with /");
  target.path = path;
  if (path == "/") return {};
  target.segments.reserve(kUsualParts);
  auto add = [&target](std::string_view part) -> Result<void> {
    auto segment = decode(part, Part::Path);
    if (!segment) return std::move(segment).error();
    if (segment->empty()) {
      return badTarget("the request target has an empty segment", "write no / at its end, and no two in a row");
    }
    if (*segment == "." || *segment == ".." || segment->find('/') != std::string::npos) {
      return badTarget("the request target has a dot segment or an encoded slash");
    }
    target.segments.push_back(std::move(*segment));
    return {};
  };
  return split(path.substr(1), '/', add);
}

Result<void> readQuery(std::string_view query, Target& target) {
  auto add = [&target](std::string_view part) -> Result<void> {
    if (part.empty()) return {};
    auto equals = part.find('=');
    auto name = decode(part.substr(0, equals), Part::Query);
    if (!name) return std::move(name).error();
    auto value = decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), Part::Query);
    if (!value) return std::move(value).error();
    target.query.emplace_back(std::move(*name), std::move(*value));
    return {};
  };
  return split(query, '&', add);
}

}  // namespace

std::optional<std::string_view> Target::find(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<Target> parseTarget(std::string_view text) {
  Target target;
  auto mark = text.find('?');
  auto path = readPath(text.substr(0, mark), target);
  if (!path) return std::move(path).error();
  if (mark == std::string_view::npos) return target;
  auto query = readQuery(text.substr(mark + 1), target);
  if (!query) return std::move(query).error();
  return target;
}

std::string percentEncode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (isUnreserved(c)) {
      out.push_back(c);
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    out.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
  }
  return out;
}

}  // namespace microvm::http
