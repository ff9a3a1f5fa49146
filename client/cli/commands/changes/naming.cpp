// What is done to a VM with another name beside its own: rename, clone.
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {
namespace {

/// One of them, in words and as the request.
struct Naming {
  const char* failure;
  const char* done;  ///< `renamed "OLD" to "NEW"`
  const char* link;
  Result<client::Json> (client::Client::*ask)(std::string_view name, std::string_view newName);
};

constexpr Naming kRename{"cannot rename", "renamed", "to", &client::Client::renameVm};
constexpr Naming kClone{"cannot clone", "cloned", "as", &client::Client::cloneVm};

template <const Naming& kNaming>
ExitCode run(Context& context, const Arguments& arguments) {
  const auto& newName = arguments.operands()[1];
  return stepAll(context, {arguments.operands().front()}, kNaming.failure, [&](const std::string& name) {
    auto vm = (context.client().*kNaming.ask)(name, newName);
    if (vm) context.note(fmt::format("{} \"{}\" {} \"{}\"", kNaming.done, name, kNaming.link, newName));
    return vm;
  });
}

constexpr std::array kRenameExamples{
    Example{"microvmctl rename web web-old", "its id, its console and its images stay"},
};

constexpr std::array kCloneExamples{
    Example{"microvmctl clone web web-2", "with copies of the images that it writes"},
};

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
      .options = kResultOptions,
      .examples = kRenameExamples,
      .run = run<kRename>,
  };
  return kCommand;
}

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
      .options = kResultOptions,
      .examples = kCloneExamples,
      .run = run<kClone>,
  };
  return kCommand;
}

}  // namespace microvm::cli
