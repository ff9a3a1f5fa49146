#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

constexpr std::array kOptions{
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl rename web web-old", "its id, its console and its images stay"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& newName = arguments.operands()[1];
  Batch batch(context, {arguments.operands().front()});
  batch.step("cannot rename", [&](const std::string& name) {
    auto vm = context.client().renameVm(name, newName);
    if (vm) context.note(fmt::format("renamed \"{}\" to \"{}\"", name, newName));
    return vm;
  });
  return batch.finish();
}

}  // namespace

const Command& renameCommand() {
  static constexpr Command kCommand{
      .name = "rename",
      .group = "Virtual machines",
      .summary = "give a VM another name",
      .operands = "NAME NEW-NAME",
      .leastOperands = 2,
      .mostOperands = 2,
      .description = "Whether it runs or not. Refused while another VM starts after it by this name.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
