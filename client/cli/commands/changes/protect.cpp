#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    kResultOption,
    kJsonOption,
};

constexpr std::array kProtectExamples{
    Example{"microvmctl protect web db", "neither is deleted before unprotect"},
};

constexpr std::array kUnprotectExamples{
    Example{"microvmctl unprotect web", "it may be deleted again"},
};

enum class Protection { Given, Taken };

ExitCode change(Context& context, const Arguments& arguments, Protection protection) {
  const bool isProtected = protection == Protection::Given;
  const Json patch{{"metadata", Json{{"protect", isProtected}}}};
  const auto* failure = isProtected ? "cannot protect" : "cannot unprotect";
  return stepAll(context, arguments.operands(), failure, [&](const std::string& name) {
    auto vm = context.client().patchVm(name, patch);
    if (vm) context.note(fmt::format("{} \"{}\"", isProtected ? "protected" : "unprotected", name));
    return vm;
  });
}

ExitCode runProtect(Context& context, const Arguments& arguments) {
  return change(context, arguments, Protection::Given);
}

ExitCode runUnprotect(Context& context, const Arguments& arguments) {
  return change(context, arguments, Protection::Taken);
}

}  // namespace

const Command& protectCommand() {
  static constexpr Command kCommand{
      .name = "protect",
      .group = "Virtual machines",
      .summary = "keep VMs from being deleted",
      .operands = "NAME...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description =
          "A protected VM is not deleted, with --force neither, until unprotect. It can be stopped and changed.",
      .options = kOptions,
      .examples = kProtectExamples,
      .run = runProtect,
  };
  return kCommand;
}

const Command& unprotectCommand() {
  static constexpr Command kCommand{
      .name = "unprotect",
      .group = "Virtual machines",
      .summary = "let protected VMs be deleted again",
      .operands = "NAME...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description = "Takes back what protect did.",
      .options = kOptions,
      .examples = kUnprotectExamples,
      .run = runUnprotect,
  };
  return kCommand;
}

}  // namespace microvm::cli
