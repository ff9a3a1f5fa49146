#include "client/cli/misfit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::cli {
namespace {

/// Whether `name`, such as "-n" or "--lines", is one of "-n,--lines".
bool isNamed(const Option& option, std::string_view name) {
  std::string_view rest = option.names;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

const Option* findOption(const Command& command, std::string_view name) {
  for (const auto options : {command.options, globalOptions()}) {
    for (const Option& option : options)
      if (isNamed(option, name)) return &option;
  }
  return nullptr;
}

class Reader {
public:
  Reader(const Command& command, std::span<const std::string> words) : command_(command), words_(words) {}

  std::optional<std::string> read() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (!onlyOperands_ && word == "--") {
        onlyOperands_ = true;
        continue;
      }
      const bool isOption = !onlyOperands_ && word.size() > 1 && word.front() == '-';
      auto wrong = isOption ? (word[1] == '-' ? longOption(word) : shortOptions(word)) : operand(word);
      if (wrong) return wrong;
    }
    return std::nullopt;
  }

private:
  std::optional<std::string> operand(const std::string& word) {
    if (!named_) {
      named_ = true;
      return std::nullopt;
    }
    if (++operands_ <= command_.mostOperands) return std::nullopt;
    return oneTooMany(command_, word);
  }

  std::optional<std::string> longOption(const std::string& word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* option = findOption(command_, name);
    if (option == nullptr) return std::nullopt;
    if (option->takes == Takes::Nothing) {
      if (equals == std::string::npos) return std::nullopt;
      return fmt::format("{} takes no value, and {} was given", name, inQuotes(word.substr(equals + 1)));
    }
    return equals == std::string::npos ? value(name, *option) : std::nullopt;
  }

  /// "-qn5": flags, and at the end perhaps an option with its value.
  std::optional<std::string> shortOptions(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name{'-', word[i]};
      const Option* option = findOption(command_, name);
      if (option == nullptr) return std::nullopt;
      if (option->takes == Takes::Nothing) continue;
      return i + 1 == word.size() ? value(name, *option) : std::nullopt;
    }
    return std::nullopt;
  }

  /// The next word, whatever it is.
  std::optional<std::string> value(const std::string& name, const Option& option) {
    if (at_++ < words_.size()) return std::nullopt;
    return fmt::format("{0} needs a value: {0} {1}", name, option.value);
  }

  const Command& command_;
  std::span<const std::string> words_;
  std::size_t at_ = 0;
  std::size_t operands_ = 0;
  bool named_ = false;
  bool onlyOperands_ = false;
};

}  // namespace

std::optional<std::string> misfit(const Command& command, std::span<const std::string> words) {
  return Reader(command, words).read();
}

std::string oneTooMany(const Command& command, const std::string& word) {
  const std::string_view takes = command.operands.empty() ? "no operand" : command.operands;
  return fmt::format("{} takes {}, and {} is one too many", command.name, takes, inQuotes(word));
}

}  // namespace microvm::cli
