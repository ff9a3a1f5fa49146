// A definition in the user's editor: until the daemon takes it, or the user gives up.
#include <array>
#include <cstdint>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/commands/changes/editor.hpp"
#include "client/cli/commands/changes/plan_text.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition/definition_file.hpp"
#include "client/cli/definition/definition_text.hpp"
#include "client/cli/definition_source.hpp"
#include "client/cli/output/report.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOurs = "#: ";  // begins the lines that are not the user's

constexpr std::array kOptions{
    Option{"-y,--yes", "", "do not ask before the change is made", Takes::Nothing},
    Option{"--dry-run", "", "only tell what would change, and when it would count", Takes::Nothing},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl edit web", "its definition as YAML"},
    Example{"EDITOR='code --wait' microvmctl edit web", "in another editor"},
};

/// The text with what is to be said to the user above it, each line marked as ours.
std::string withHead(const std::string& name, const std::string& complaint, const std::string& text) {
  std::string head =
      fmt::format("{}The definition of {}. Saved as it is, or empty, it changes nothing.\n", kOurs, name);
  std::istringstream lines(complaint);
  for (std::string line; std::getline(lines, line);)
    head.append(kOurs).append(line).append("\n");
  return head + text;
}

std::string withoutHead(const std::string& text) {
  std::string rest;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#:")) rest += line + "\n";
  }
  return rest;
}

bool isBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// Something that the user can mend in the text.
bool isMendable(const Error& error) {
  return error.code == Errc::Invalid || error.code == Errc::Malformed || error.code == Errc::Usage ||
         error.code == Errc::TooLarge || error.code == Errc::PreconditionFailed;
}

/// One VM's definition on its way.
class Edit {
public:
  Edit(Context& context, const Arguments& arguments, const Json& vm)
      : context_(context), arguments_(arguments), name_(nameOf(vm)), text_(definitionText(vm)), vm_(vm) {}

  ExitCode run() {
    auto file = EditedFile::make(name_, context_.environment());
    if (!file) return context_.fail(what(), file.error());
    while (true) {
      auto edited = file->edit(withHead(name_, complaint_, text_), context_.environment());
      if (!edited) return context_.fail(what(), edited.error());
      auto text = withoutHead(*edited);
      if (isBlank(text) || text == text_) return leave(*file);
      text_ = std::move(text);
      const auto changed = change();
      if (changed) return finish(*changed, *file);
      tell(changed.error());
      if (!isMendable(changed.error())) return leave(*file);
      if (changed.error().code == Errc::PreconditionFailed) {
        if (auto again = refresh(); !again) return leave(*file);
      }
    }
  }

private:
  enum class Outcome { Made, Nothing, Planned, Declined };

  [[nodiscard]] std::string what() const { return fmt::format("cannot edit \"{}\"", name_); }

  [[nodiscard]] Result<Json> definition() const {
    auto read = parseDefinition(text_, name_ + ".yaml");
    if (!read) return read;
    const auto base = pathBase(context_);
    resolvePaths(*read, base.folder, base.home);
    if (textAt(*read, "/metadata/name") == name_) return read;
    return Error{Errc::Usage, "the name is not edited", fmt::format("microvmctl rename {} NEW", name_), {}};
  }

  /// Checked, shown, and made if the user wants it.
  Result<Outcome> change() {
    const auto wanted = definition();
    isAsked_ = wanted.has_value();
    if (!wanted) return wanted.error();
    const auto plan = context_.client().planVm(*wanted);
    if (!plan) return plan.error();
    if (textAt(*plan, "/action") == "none") return Outcome::Nothing;
    context_.err().write(planText(*plan));
    if (arguments_.has("dry-run")) return Outcome::Planned;
    if (!isWanted()) return Outcome::Declined;
    const auto generation = vm_.value(Json::json_pointer("/metadata/generation"), std::uint64_t{0});
    auto made = context_.client().replaceVm(name_, *wanted, generation);
    if (!made) return std::move(made).error();
    vm_ = std::move(*made);
    return Outcome::Made;
  }

  /// Who is no terminal has said all in the text.
  [[nodiscard]] bool isWanted() const {
    if (arguments_.has("yes") || ::isatty(context_.in()) == 0) return true;
    context_.err().write("make this change? [y/N] ");
    std::string answer;
    for (char c = 0; ::read(context_.in(), &c, 1) == 1 && c != '\n';)
      answer += c;
    return answer == "y" || answer == "yes";
  }

  /// Now on the terminal, and above the text when it comes up again.
  void tell(const Error& error) {
    const Failure failure{error, isAsked_ ? std::string_view(context_.client().lastProblem()) : std::string_view()};
    complaint_ = errorText(what(), failure);
    context_.err().write(context_.wantsJson() ? problemText(failure) : complaint_);
    worst_ = exitCodeOf(failure);
  }

  /// Another has changed it meanwhile: the text is for what there is by now.
  bool refresh() {
    auto vm = context_.client().getVm(name_);
    if (!vm) worst_ = context_.fail(what(), vm.error());
    if (vm) vm_ = std::move(*vm);
    return vm.has_value();
  }

  ExitCode leave(EditedFile& file) {
    if (worst_ == ExitCode::Ok) {
      context_.note("nothing changed");
      return worst_;
    }
    return keep(file);
  }

  ExitCode keep(EditedFile& file) {
    file.keep();
    context_.note(fmt::format("the text is kept: microvmctl apply -f {}", file.path()));
    return worst_;
  }

  ExitCode finish(Outcome outcome, EditedFile& file) {
    worst_ = ExitCode::Ok;
    switch (outcome) {
      case Outcome::Planned:
        return worst_;
      case Outcome::Declined:
        return keep(file);
      case Outcome::Nothing:
        context_.note("nothing changed");
        return worst_;
      case Outcome::Made:
        break;
    }
    context_.note(fmt::format("changed \"{}\"", name_));
    if (const auto pending = pendingText(vm_); !pending.empty())
      context_.note(fmt::format("at its next start: {}", pending));
    if (context_.format()) printVms(context_, {vm_}, *context_.format(), Shape::Single);
    return worst_;
  }

  Context& context_;
  const Arguments& arguments_;
  const std::string name_;
  std::string text_;       // as the user left it
  std::string complaint_;  // of the daemon about it
  Json vm_;                // that the text is for
  bool isAsked_ = false;   // the daemon knows the text
  ExitCode worst_ = ExitCode::Ok;
};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& name = arguments.operands().front();
  const auto vm = context.client().getVm(name);
  if (!vm) return context.fail(fmt::format("cannot edit \"{}\"", name), vm.error());
  return Edit(context, arguments, *vm).run();
}

}  // namespace

const Command& editCommand() {
  static constexpr Command kCommand{
      .name = "edit",
      .group = "Virtual machines",
      .summary = "change a VM's definition in an editor",
      .operands = "NAME",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "Opens the definition in $VISUAL, $EDITOR or vi. What is saved is checked, what it would change is shown, "
          "and "
          "on a terminal it is asked for. A text that is refused comes up again with the reasons above it; saved as it "
          "is then, it is kept in its file and changes nothing. A change that another made meanwhile is not undone "
          "unseen.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
