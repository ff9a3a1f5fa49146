#include "daemon/domain/text_rules.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {

namespace {

constexpr std::size_t kLongestPath = 1023;  // PATH_MAX of macOS is 1024 with the NUL
constexpr std::size_t kMostLabels = 64;
constexpr std::size_t kLongestLabelPart = 63;
constexpr std::size_t kLongestLabelPrefix = 253;

bool isLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isAlphanumeric(char c) {
  return isLower(c) || isDigit(c) || (c >= 'A' && c <= 'Z');
}

/// [A-Za-z0-9]([-_.A-Za-z0-9]*[A-Za-z0-9])?, at most 63 bytes.
bool isLabelPart(std::string_view text) {
  if (text.empty() || text.size() > kLongestLabelPart) return false;
  if (!isAlphanumeric(text.front()) || !isAlphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return isAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool isDomainPart(std::string_view text) {
  if (text.empty() || text.size() > kLongestLabelPart || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return isLower(c) || isDigit(c) || c == '-'; });
}

bool isLabelPrefix(std::string_view text) {
  if (text.size() > kLongestLabelPrefix) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!isDomainPart(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool isLabelKey(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return isLabelPart(key);
  return isLabelPrefix(key.substr(0, slash)) && isLabelPart(key.substr(slash + 1));
}

std::string labelPointer(std::string_view key) {
  return "/metadata/labels/" + pointerPart(key);
}

bool climbs(std::string_view path) {
  return (std::string(path) + "/").find("/../") != std::string::npos;
}

}  // namespace

std::optional<std::string> pathProblem(const std::string& path) {
  if (path.empty()) return "is empty; give an absolute path";
  if (path.front() != '/') return inQuotes(path) + " is not absolute; a path begins with /";
  if (path.size() > kLongestPath) return fmt::format("has {} bytes; at most {} are taken", path.size(), kLongestPath);
  if (hasControlCharacters(path)) return inQuotes(path) + " has a control character; rename the file";
  if (!isUtf8(path)) return inQuotes(path) + " is not UTF-8; rename the file";
  if (climbs(path)) return inQuotes(path) + " climbs with \"..\"; give the path without it";
  return std::nullopt;
}

bool checkPath(const std::string& path, const std::string& pointer, std::vector<FieldError>& errors) {
  auto problem = pathProblem(path);
  if (!problem) return true;
  errors.push_back({pointer, std::move(*problem)});
  return false;
}

bool checkPlainPath(const std::string& path, const std::string& pointer, std::vector<FieldError>& errors) {
  if (!checkPath(path, pointer, errors)) return false;
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool isPlain = std::all_of(name.begin(), name.end(), [](char c) {
    return isAlphanumeric(c) || std::string_view("._@:+~-").find(c) != std::string_view::npos;
  });
  if (isPlain && !name.empty()) return true;
  errors.push_back({pointer, fmt::format("the name {} has a character that a runner would read as something else; use "
                                         "only A-Z, a-z, 0-9, ., _, @, :, +, ~ and -",
                                         inQuotes(name))});
  return false;
}

void checkMountPoint(const std::string& path, const std::string& pointer, std::vector<FieldError>& errors) {
  if (!path.empty()) checkPath(path, pointer, errors);
}

bool isFew(std::size_t count, std::size_t most, const std::string& pointer, std::vector<FieldError>& errors) {
  if (count <= most) return true;
  errors.push_back({pointer, fmt::format("has {} entries; at most {} are taken", count, most)});
  return false;
}

void Uses::add(const std::string& key, std::size_t index, std::string_view member, std::vector<FieldError>& errors) {
  const auto [first, isNew] = first_.emplace(key, index);
  if (isNew) return;
  const std::string_view list = list_.substr(list_.rfind('/') + 1);
  errors.push_back(
      {fmt::format("{}/{}/{}", list_, index, member),
       fmt::format("{} is used by {}/{} already; each needs its own", inQuotes(key), list, first->second)});
}

void checkLabels(const std::map<std::string, std::string>& labels, std::vector<FieldError>& errors) {
  if (labels.size() > kMostLabels) {
    errors.push_back(
        {"/metadata/labels", fmt::format("has {} labels; at most {} are taken", labels.size(), kMostLabels)});
    return;
  }
  for (const auto& [key, value] : labels) {
    if (!isLabelKey(key)) {
      errors.push_back({labelPointer(key),
                        fmt::format("{} cannot be a label's key; use at most 63 of A-Z, a-z, 0-9, -, _ and . with a "
                                    "letter or digit at both ends, after a domain and / if wanted",
                                    inQuotes(key))});
    } else if (!value.empty() && !isLabelPart(value)) {
      errors.push_back({labelPointer(key),
                        fmt::format("{} cannot be a label's value; use at most 63 of A-Z, a-z, 0-9, -, _ and . with a "
                                    "letter or digit at both ends, or nothing",
                                    inQuotes(value))});
    }
  }
}

}  // namespace microvm
