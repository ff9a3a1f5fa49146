#include "daemon/runner/golang/flag_set.hpp"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "daemon/runner/golang/text.hpp"

namespace microvm::golang {
namespace {

Error usage(std::string detail) {
  return Error{Errc::Usage, std::move(detail), {}, {}};
}

class Parser {
public:
  Parser(std::vector<Flag>& flags, std::span<const std::string> arguments) : flags_(flags), arguments_(arguments) {}

  Result<void> run() {
    while (!arguments_.empty()) {
      const std::string word = takeWord();
      if (word == "--") return {};
      if (word.size() < 2 || word[0] != '-') continue;
      auto parsed = word[1] == '-' ? parseLong(word) : parseShort(word);
      if (!parsed) return parsed;
    }
    return {};
  }

private:
  std::string takeWord() {
    std::string word = arguments_.front();
    arguments_ = arguments_.subspan(1);
    return word;
  }

  Flag* findLong(std::string_view name) {
    const auto found = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
    return found == flags_.end() ? nullptr : &*found;
  }

  Flag* findShort(char letter) {
    const auto found =
        std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.shorthand == letter; });
    return found == flags_.end() || letter == 0 ? nullptr : &*found;
  }

  static Result<void> apply(Flag& flag, const std::string& value) {
    ++flag.occurrences;
    auto set = flag.set(value);
    if (set) return set;
    const std::string name =
        flag.shorthand ? fmt::format("-{}, --{}", flag.shorthand, flag.name) : fmt::format("--{}", flag.name);
    return usage(fmt::format("invalid argument {} for \"{}\" flag: {}", quote(value), name, set.error().detail));
  }

  Result<void> parseLong(const std::string& word) {
    const std::string_view body = std::string_view(word).substr(2);
    if (body.empty() || body[0] == '-' || body[0] == '=') return usage(fmt::format("bad flag syntax: {}", word));
    const auto equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    Flag* flag = findLong(name);
    if (!flag) return usage(fmt::format("unknown flag: --{}", name));
    if (equals != std::string_view::npos) return apply(*flag, std::string(body.substr(equals + 1)));
    if (flag->isSwitch) return apply(*flag, "true");
    if (arguments_.empty()) return usage(fmt::format("flag needs an argument: {}", word));
    return apply(*flag, takeWord());
  }

  /// "-abc": a and b are switches, c may take a value.
  Result<void> parseShort(const std::string& word) {
    std::string_view letters = std::string_view(word).substr(1);
    while (!letters.empty()) {
      auto rest = parseLetter(letters);
      if (!rest) return std::move(rest).error();
      letters = *rest;
    }
    return {};
  }

  /// Takes the first letter, with its value if it has one; the answer is what is left.
  Result<std::string_view> parseLetter(std::string_view letters) {
    // Those of Go's own test programs are skipped.
    if (letters.starts_with("test.")) return std::string_view();
    Flag* flag = findShort(letters[0]);
    const std::string cluster(letters);
    if (!flag) return usage(fmt::format("unknown shorthand flag: {} in -{}", quoteByte(letters[0]), cluster));
    std::string value;
    std::string_view rest;
    if (letters.size() > 2 && letters[1] == '=') {
      value = cluster.substr(2);
    } else if (flag->isSwitch) {
      value = "true";
      rest = letters.substr(1);
    } else if (letters.size() > 1) {
      value = cluster.substr(1);
    } else if (!arguments_.empty()) {
      value = takeWord();
    } else {
      return usage(fmt::format("flag needs an argument: {} in -{}", quoteByte(letters[0]), cluster));
    }
    if (auto applied = apply(*flag, value); !applied) return std::move(applied).error();
    return rest;
  }

  std::vector<Flag>& flags_;
  std::span<const std::string> arguments_;
};

}  // namespace

Result<void> parseFlags(std::vector<Flag>& flags, std::span<const std::string> arguments) {
  return Parser(flags, arguments).run();
}

}  // namespace microvm::golang
