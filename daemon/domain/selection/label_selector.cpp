#include "daemon/domain/selection/label_selector.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {
namespace {

constexpr std::size_t kMostBytes = 1'023;

bool isWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '/';
}

Error unreadable(std::string_view text, const std::string& what) {
  return Error{Errc::Usage,
               fmt::format("the label selector {} cannot be read: {}", inQuotes(text), what),
               "write it like team=infra,tier!=db,zone in (a,b),owner,!legacy",
               {}};
}

}  // namespace

/// Walks over the text, a requirement at a time.
class LabelSelector::Reader {
public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  Result<std::vector<Requirement>> read() {
    std::vector<Requirement> all;
    skipBlanks();
    while (!rest_.empty()) {
      auto one = requirement();
      if (!one) return std::move(one).error();
      all.push_back(std::move(*one));
      skipBlanks();
      if (rest_.empty()) break;
      if (!take(",")) return unexpected("a comma");
      skipBlanks();
      if (rest_.empty()) return unexpected("a label");
    }
    return all;
  }

private:
  Result<Requirement> requirement() {
    Requirement one;
    if (take("!")) one.kind = Kind::Absent;
    one.key = word();
    if (one.key.empty()) return unexpected("a label");
    if (one.kind == Kind::Absent) return one;
    skipBlanks();
    if (rest_.empty() || rest_.front() == ',') return one;
    if (take("!=")) return single(std::move(one), Kind::NotIn);
    if (take("==") || take("=")) return single(std::move(one), Kind::In);
    const std::string verb = word();
    if (verb == "in") return several(std::move(one), Kind::In);
    if (verb == "notin") return several(std::move(one), Kind::NotIn);
    return unexpected("=, !=, in or notin behind " + one.key);
  }

  /// A value may be empty.
  Result<Requirement> single(Requirement one, Kind kind) {
    one.kind = kind;
    skipBlanks();
    one.values.push_back(word());
    return one;
  }

  Result<Requirement> several(Requirement one, Kind kind) {
    one.kind = kind;
    skipBlanks();
    if (!take("(")) return unexpected("a list in parentheses behind " + one.key);
    do {
      skipBlanks();
      one.values.push_back(word());
      skipBlanks();
    } while (take(","));
    if (!take(")")) return unexpected("the end of the list behind " + one.key);
    return one;
  }

  std::string word() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), isWordByte);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    std::string found(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return found;
  }

  bool take(std::string_view wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  void skipBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  [[nodiscard]] Error unexpected(const std::string& wanted) const {
    const auto place = text_.size() - rest_.size() + 1;
    return unreadable(text_, fmt::format("column {}: {} is missing", place, wanted));
  }

  std::string_view text_;
  std::string_view rest_;
};

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  if (text.size() > kMostBytes) return unreadable(text.substr(0, 40), "it has more than 1023 bytes");
  auto read = Reader(text).read();
  if (!read) return std::move(read).error();
  LabelSelector selector;
  selector.requirements_ = std::move(*read);
  return selector;
}

bool LabelSelector::matches(const std::map<std::string, std::string>& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& one) {
    const auto found = labels.find(one.key);
    const bool isThere = found != labels.end();
    const auto& values = one.values;
    const bool isListed = isThere && std::find(values.begin(), values.end(), found->second) != values.end();
    switch (one.kind) {
      case Kind::Exists:
        return isThere;
      case Kind::Absent:
        return !isThere;
      case Kind::In:
        return isListed;
      case Kind::NotIn:
        return !isListed;
    }
    return false;
  });
}

}  // namespace microvm
