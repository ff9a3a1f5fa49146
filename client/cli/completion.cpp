#include "client/cli/completion.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace microvm::cli {
namespace {

bool isOption(std::string_view word) {
  return word.starts_with('-');
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

/// What stands in front of the word in the making.
class Before {
public:
  Before(CommandTable table, std::span<const std::string> words) : table_(table) {
    for (const auto& word : words)
      read(word);
  }

  [[nodiscard]] const Command* command() const { return command_; }
  [[nodiscard]] bool makesSense() const { return makesSense_; }
  /// The option whose value is next.
  [[nodiscard]] const Option* pending() const { return pending_; }
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  /// "--" was there.
  [[nodiscard]] bool hasOnlyOperands() const { return onlyOperands_; }
  [[nodiscard]] const std::optional<std::string>& host() const { return host_; }
  [[nodiscard]] bool takes(const Option& option) const {
    return option.takes == Takes::ManyValues || std::find(given_.begin(), given_.end(), &option) == given_.end();
  }

private:
  void read(const std::string& word) {
    if (pending_ != nullptr) {
      value(*std::exchange(pending_, nullptr), word);
    } else if (onlyOperands_ || word.size() < 2 || !isOption(word)) {
      operand(word);
    } else if (word == "--") {
      onlyOperands_ = true;
    } else if (word[1] == '-') {
      longOption(word);
    } else {
      shortOptions(word);
    }
  }

  void operand(const std::string& word) {
    if (command_ != nullptr) {
      operands_.push_back(word);
    } else {
      command_ = findCommand(table_, word);
      makesSense_ = makesSense_ && command_ != nullptr;
    }
  }

  void longOption(const std::string& word) {
    const auto equals = word.find('=');
    const Option* option = note(std::string_view(word).substr(0, equals));
    if (option == nullptr || option->takes == Takes::Nothing) return;
    if (equals == std::string::npos) {
      pending_ = option;
    } else {
      value(*option, word.substr(equals + 1));
    }
  }

  /// "-qn5": flags, and at the end perhaps an option with its value.
  void shortOptions(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = note(std::string{'-', word[i]});
      if (option == nullptr) return;
      if (option->takes == Takes::Nothing) continue;
      if (i + 1 == word.size()) {
        pending_ = option;
      } else {
        value(*option, word.substr(i + 1));
      }
      return;
    }
  }

  const Option* note(std::string_view name) {
    const Option* option = findOption(command_, name);
    makesSense_ = makesSense_ && option != nullptr;
    given_.push_back(option);
    return option;
  }

  void value(const Option& option, const std::string& text) {
    if (&option == findOption(nullptr, "--host")) host_ = text;
  }

  CommandTable table_;
  const Command* command_ = nullptr;
  const Option* pending_ = nullptr;
  std::vector<const Option*> given_;
  std::vector<std::string> operands_;
  std::optional<std::string> host_;
  bool makesSense_ = true;
  bool onlyOperands_ = false;
};

/// "FILE|NAME" or "NAME..." of a command's operands.
struct Term {
  std::vector<std::string_view> atoms;
  bool repeats = false;
};

/// Small letters are the word itself, capitals stand for one.
bool isLiteral(std::string_view atom) {
  return !atom.empty() && atom.front() >= 'a' && atom.front() <= 'z';
}

Term termOf(std::string_view text) {
  Term term;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  term.repeats = text.ends_with("...");
  if (term.repeats) text.remove_suffix(3);
  term.atoms = split(text, "|");
  return term;
}

bool accepts(const Term& term, const std::string& word) {
  return std::any_of(term.atoms.begin(), term.atoms.end(),
                     [&](std::string_view atom) { return !isLiteral(atom) || atom == word; });
}

/// The terms that can come next, of each of the ways that the operands may go on.
std::vector<Term> nextTerms(std::string_view operands, const std::vector<std::string>& before) {
  std::vector<Term> next;
  for (const auto way : split(operands, " | ")) {
    std::vector<Term> terms;
    for (const auto word : split(way, " ")) {
      if (!word.empty() && word != "--") terms.push_back(termOf(word));
    }
    const auto at = [&](std::size_t i) -> const Term* {
      if (i < terms.size()) return &terms[i];
      return !terms.empty() && terms.back().repeats ? &terms.back() : nullptr;
    };
    std::size_t i = 0;
    while (i < before.size() && at(i) != nullptr && accepts(*at(i), before[i]))
      ++i;
    if (i == before.size() && at(i) != nullptr) next.push_back(*at(i));
  }
  return next;
}

struct PathWord {
  std::string_view name;
  Paths paths;
};
constexpr std::array kPathWords{PathWord{"FILE", Paths::Files}, PathWord{"PATH", Paths::Files},
                                PathWord{"PROGRAM", Paths::Files}, PathWord{"FOLDER", Paths::Folders}};

class Completer {
public:
  Completer(CommandTable table, std::span<const std::string> words)
      : table_(table), before_(table, words.first(words.size() - 1)), last_(words.back()) {}

  Completion run() && {
    completion_.host = before_.host();
    if (!before_.makesSense()) return std::move(completion_);
    if (before_.pending() != nullptr) {
      value(*before_.pending(), "", last_);
    } else if (!before_.hasOnlyOperands() && isOption(last_)) {
      option();
    } else if (before_.command() == nullptr) {
      if (!before_.hasOnlyOperands()) commands();
    } else {
      operand();
    }
    return std::move(completion_);
  }

private:
  void add(std::string_view kept, std::string_view word, std::string_view typed, std::string description) {
    if (word.starts_with(typed))
      completion_.candidates.push_back({fmt::format("{}{}", kept, word), std::move(description)});
  }

  /// An alias is for those who have begun to type it.
  void commands() {
    for (const Command* command : table_) {
      const bool isAlias = !command->name.starts_with(last_) && !command->alias.empty();
      add("", isAlias ? command->alias : command->name, last_, std::string(command->summary));
    }
  }

  void option() {
    const auto equals = last_.find('=');
    if (last_.starts_with("--") && equals != std::string::npos) {
      const Option* found = findOption(before_.command(), std::string_view(last_).substr(0, equals));
      if (found != nullptr && found->takes != Takes::Nothing)
        value(*found, last_.substr(0, equals + 1), last_.substr(equals + 1));
    } else if (last_.size() > 2 && last_[1] != '-') {
      gluedValue();
    } else {
      optionNames();
    }
  }

  /// "-ojson", "-qojson".
  void gluedValue() {
    for (std::size_t i = 1; i + 1 < last_.size(); ++i) {
      const Option* found = findOption(before_.command(), std::string{'-', last_[i]});
      if (found == nullptr) return;
      if (found->takes != Takes::Nothing) return value(*found, last_.substr(0, i + 1), last_.substr(i + 1));
    }
  }

  /// Of several names the first long one, unless another one was begun.
  void optionNames() {
    const Command* command = before_.command();
    for (const auto options : {command == nullptr ? std::span<const Option>() : command->options, globalOptions()}) {
      for (const Option& option : options) {
        const auto usual = fmt::format("--{}", keyOf(option));
        if (!before_.takes(option) || findOption(command, usual) != &option) continue;
        if (usual.starts_with(last_)) {
          add("", usual, last_, helpOf(option));
          continue;
        }
        for (const auto name : namesOf(option))
          add("", name, last_, helpOf(option));
      }
    }
  }

  void operand() {
    const auto terms = nextTerms(before_.command()->operands, before_.operands());
    for (const Term& term : terms)
      fill(term, "", last_);
    completion_.given = before_.operands();
    if (terms.empty() && last_.empty() && !before_.hasOnlyOperands()) optionNames();
  }

  void value(const Option& option, std::string kept, std::string typed) {
    if (!option.choices.empty()) return choices(option, kept, typed);
    const auto form = option.value.substr(0, option.value.find('['));
    const bool hasParts = form.size() < option.value.size();
    if (hasParts && typed.find(',') != std::string::npos) return;
    const auto equals = form.find('=');
    const auto begun = typed.find('=');
    if (equals == std::string_view::npos) return fill(termOf(form), kept, typed);
    if (begun == std::string::npos) return;
    fill(termOf(form.substr(equals + 1)), kept + typed.substr(0, begun + 1), typed.substr(begun + 1));
  }

  void choices(const Option& option, const std::string& kept, const std::string& typed) {
    const auto comma = takesList(option) ? typed.rfind(',') : std::string::npos;
    const auto done = comma == std::string::npos ? std::string() : typed.substr(0, comma + 1);
    const auto before = split(done, ",");
    for (const auto choice : choicesOf(option)) {
      const auto equals = choice.find('=');
      const auto word = equals == std::string_view::npos ? choice : choice.substr(0, equals + 1);
      if (std::find(before.begin(), before.end(), word) == before.end())
        add(kept + done, word, std::string_view(typed).substr(done.size()), "");
    }
  }

  void fill(const Term& term, const std::string& kept, const std::string& typed) {
    completion_.kept = kept;
    completion_.typed = typed;
    for (const auto atom : term.atoms) {
      if (isLiteral(atom)) add(kept, atom, typed, "");
      if (atom == "COMMAND") commands();
      completion_.takesVms = completion_.takesVms || atom == "NAME";
      for (const auto& [name, paths] : kPathWords) {
        if (atom == name) completion_.paths = paths;
      }
    }
  }

  CommandTable table_;
  Before before_;
  std::string last_;
  Completion completion_;
};

}  // namespace

Completion complete(CommandTable table, std::span<const std::string> words) {
  const std::array<std::string, 1> nothing;
  return Completer(table, words.empty() ? std::span<const std::string>(nothing) : words).run();
}

void addVms(Completion& completion, std::span<const Candidate> vms) {
  if (!completion.takesVms) return;
  for (const auto& [name, description] : vms) {
    if (name.starts_with(completion.typed) && !contains(completion.given, name))
      completion.candidates.push_back({completion.kept + name, description});
  }
}

std::string completionText(const Completion& completion) {
  std::string text;
  for (const auto& [word, description] : completion.candidates)
    text += fmt::format("{}\t{}\n", word, description);
  if (completion.paths != Paths::None) {
    text += fmt::format("{}\t{}\n", completion.paths == Paths::Files ? ":files" : ":folders", completion.kept);
  }
  return text;
}

}  // namespace microvm::cli
