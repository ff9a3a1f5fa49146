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

constexpr std::array kProtectExamples{
    Example{"microvmctl protect web db", "neither is deleted before unprotect"},
};

constexpr std::array kUnprotectExamples{
    Example{"microvmctl unprotect web", "it may be deleted again"},
};

/// One of them, as the request and in words.
struct Protection {
  bool isGiven;
  const char* failure;
  const char* done;
};

constexpr Protection kGiven{true, "cannot protect", "protected"};
constexpr Protection kTaken{false, "cannot unprotect", "unprotected"};

template <const Protection& kProtection>
ExitCode run(Context& context, const Arguments& arguments) {
  const Json patch{{"metadata", Json{{"protect", kProtection.isGiven}}}};
  return stepAll(context, arguments.operands(), kProtection.failure, [&](const std::string& name) {
    auto vm = context.client().patchVm(name, patch);
    if (vm) context.note(fmt::format("{} \"{}\"", kProtection.done, name));
    return vm;
  });
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
      .options = kResultOptions,
      .examples = kProtectExamples,
      .run = run<kGiven>,
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
      .options = kResultOptions,
      .examples = kUnprotectExamples,
      .run = run<kTaken>,
  };
  return kCommand;
}

}  // namespace microvm::cli
