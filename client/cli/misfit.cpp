#include "client/cli/misfit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm::cli {
namespace {

/// "format" of "FORMAT", "scope" of "SCOPE[,SCOPE]".
std::string nounOf(const Option& option) {
  std::string noun;
  for (const char c : option.value) {
    if (c < 'A' || c > 'Z') break;
    noun += static_cast<char>(c - 'A' + 'a');
  }
  return noun;
}

bool isChoice(const Option& option, std::string_view value) {
  for (const auto choice : choicesOf(option)) {
    const auto equals = choice.find('=');
    if (equals == std::string_view::npos ? value == choice : value.starts_with(choice.substr(0, equals + 1)))
      return true;
  }
  return false;
}

/// The part of a value that is none of the choices.
std::optional<std::string_view> strangerIn(const Option& option, std::string_view value) {
  for (;;) {
    const auto end = takesList(option) ? std::min(value.find(','), value.size()) : value.size();
    if (!isChoice(option, value.substr(0, end))) return value.substr(0, end);
    if (end == value.size()) return std::nullopt;
    value.remove_prefix(end + 1);
  }
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
    const Option* option = findOption(&command_, name);
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
      const Option* option = findOption(&command_, name);
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

Result<void> checkChoices(const Command& command, const Arguments& arguments) {
  for (const Option& option : command.options) {
    if (option.choices.empty()) continue;
    for (const auto& value : arguments.all(keyOf(option))) {
      const auto stranger = strangerIn(option, value);
      if (!stranger) continue;
      return Error{Errc::Usage,
                   fmt::format("--{}: there is no {} {}", keyOf(option), nounOf(option), inQuotes(*stranger)),
                   "one of " + choicesText(option),
                   {}};
    }
  }
  return {};
}

std::string oneTooMany(const Command& command, const std::string& word) {
  const std::string_view takes = command.operands.empty() ? "no operand" : command.operands;
  return fmt::format("{} takes {}, and {} is one too many", command.name, takes, inQuotes(word));
}

}  // namespace microvm::cli
