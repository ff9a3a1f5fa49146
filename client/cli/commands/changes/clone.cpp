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
    Example{"microvmctl clone web web-2", "with copies of the images that it writes"},
};

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& newName = arguments.operands()[1];
  Batch batch(context, {arguments.operands().front()});
  batch.step("cannot clone", [&](const std::string& name) {
    auto vm = context.client().cloneVm(name, newName);
    if (vm) context.note(fmt::format("cloned \"{}\" as \"{}\"", name, newName));
    return vm;
  });
  return batch.finish();
}

}  // namespace

const Command& cloneCommand() {
  static constexpr Command kCommand{
      .name = "clone",
      .group = "Virtual machines",
      .summary = "make a VM like a stopped one",
      .operands = "NAME NEW-NAME",
      .leastOperands = 2,
      .mostOperands = 2,
      .description =
          "Images that the VM writes are copied into the clone's own folder, without copying where the file system "
          "shares blocks. MAC addresses are made anew.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
