#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/commands/service/likely_cause.hpp"
#include "client/cli/commands/vms/definition_flags.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition_source.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-f,--file", "FILE", "a definition in YAML or JSON; - reads standard input"},
    Option{"--kernel", "PATH", "the Linux kernel to boot"},
    Option{"--initrd", "PATH", "its initial RAM disk"},
    Option{"--cmdline", "TEXT", "kernel parameters; may be given several times", Takes::ManyValues},
    Option{"--efi", "", "boot the first volume by EFI firmware, in place of a kernel", Takes::Nothing},
    Option{"--cpus", "N", "virtual CPUs"},
    Option{"--memory", "SIZE", "memory, such as 512MiB or 2GiB"},
    Option{"--volume", "PATH[,OPTION...]",
           "a disk image; options: size=8GiB, create, fs=ext4, label=NAME, ro, serial=NAME, bus=nvme",
           Takes::ManyValues},
    Option{"--share", "TAG=FOLDER", "a folder that the guest can mount by its tag", Takes::ManyValues},
    Option{"--net", "nat[,mac=MAC]", "a network interface", Takes::ManyValues},
    Option{"--vsock", "PORT[,listen][,socket=PATH]", "a vsock port as a Unix socket of the host", Takes::ManyValues},
    Option{"--gui", "", "a window", Takes::Nothing},
    Option{"--rosetta", "", "share Apple's translator of x86-64 programs", Takes::Nothing},
    Option{"--nested", "", "let the guest run guests of its own", Takes::Nothing},
    Option{"--label", "KEY=VALUE", "a label", Takes::ManyValues},
    Option{"--runner", "RUNNER", "{}", Takes::OneValue, kRunnerNames},
    Option{"--log-level", "LEVEL", "how much the runner says: {}", Takes::OneValue, "error,info,debug"},
    Option{"--stop-timeout", "TIME", "how long stop waits for the guest before it gets harder"},
    Option{"--start", "", "start it, too", Takes::Nothing},
    Option{"--wait", "", "with --start: return when it runs", Takes::Nothing},
    kReadyOption,
    Option{"--timeout", "TIME", "with --wait or --ready: give up after this time (default 60s)"},
    Option{"--exist-ok", "", "succeed, and change nothing, when there is a VM of that name", Takes::Nothing},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl create web --kernel ./bzImage --initrd ./initrd --memory 512MiB --start", "from flags"},
    Example{"microvmctl create -f web.yaml", "from a file"},
    Example{"microvmctl create web2 -f web.yaml --cpus 4 --volume data.img,size=8GiB,create",
            "from a file, with another name, more CPUs and a new disk"},
};

Result<Json> definitionOf(Context& context, const Arguments& arguments) {
  const PathBase base = pathBase(context);
  Json definition{{"metadata", Json::object()}, {"spec", Json::object()}};
  if (const auto file = arguments.text("file")) {
    auto read = readDefinition(*file, context, base);
    if (!read) return read;
    definition = std::move(*read);
  }
  if (!arguments.operands().empty()) definition["metadata"]["name"] = arguments.operands().front();
  if (!definition["metadata"].contains("name")) {
    return Error{Errc::Usage, "create needs a name", "microvmctl create NEW-NAME, or a name in the file", {}};
  }
  if (auto applied = applyFlags(definition, arguments, base); !applied) return std::move(applied).error();
  return definition;
}

void noteWarnings(Context& context, const Json& vm) {
  for (const Json& warning : vm.value(Json::json_pointer("/status/warnings"), Json::array()))
    context.note(fmt::format("warning: {}: {}", textAt(warning, "/pointer"), textAt(warning, "/detail")));
}

Result<void> checkTogether(const Arguments& arguments) {
  if (wantedWait(arguments) && !arguments.has("start"))
    return Error{Errc::Usage, "--wait waits for what --start starts", "give --start too", {}};
  return checkTimeout(arguments);
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto limit = waitLimit(arguments);
  if (!limit) return context.fail("", limit.error());
  if (auto usable = checkTogether(arguments); !usable) return context.fail("", usable.error());
  const auto definition = definitionOf(context, arguments);
  if (!definition) return context.fail("cannot create the VM", definition.error());
  const std::string name = textAt(*definition, "/metadata/name");
  auto& client = context.client();

  Batch batch(context, {name});
  batch.step("cannot create", [&](const std::string&) -> Result<Json> {
    auto vm = client.createVm(*definition);
    if (vm) context.note(fmt::format("created \"{}\"", name));
    if (vm) noteWarnings(context, *vm);
    if (vm || vm.error().code != Errc::AlreadyExists || !arguments.has("exist-ok")) return vm;
    context.note(fmt::format("\"{}\" exists already; its definition stays as it is", name));
    return client.getVm(name);
  });
  Asking asking(context, batch, kStartWords);
  if (arguments.has("start")) {
    asking.ask([](client::Client& asked, const std::string& started) { return asked.startVm(started); });
  }
  if (const auto until = wantedWait(arguments)) asking.wait(*limit, *until);
  const auto ended = batch.finish();
  if (arguments.has("start") && batch.failure()) tellLikelyCause(context, *batch.failure());
  return ended;
}

}  // namespace

const Command& createCommand() {
  static constexpr Command kCommand{
      .name = "create",
      .group = "Virtual machines",
      .summary = "create a VM from flags or a definition file",
      .operands = "[NEW-NAME]",
      .mostOperands = 1,
      .description =
          "Stores the definition of a VM. Nothing is kept when any of it cannot be used.\n"
          "A flag replaces the file's member; --volume, --share, --net, --vsock and --label add to it. Relative paths "
          "in the "
          "file "
          "are relative to the file's folder, those of flags and of standard input to the current one; ~/ is the home "
          "folder.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
