#include <array>
#include <cerrno>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/actions/asking.hpp"
#include "client/cli/commands/vms/definition_flags.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition/definition_file.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-f,--file", "FILE", "a definition in YAML or JSON; - reads standard input"},
    Option{"--kernel", "PATH", "the Linux kernel to boot"},
    Option{"--initrd", "PATH", "its initial RAM disk"},
    Option{"--cmdline", "TEXT", "kernel parameters; may be given several times", Takes::ManyValues},
    Option{"--cpus", "N", "virtual CPUs"},
    Option{"--memory", "SIZE", "memory, such as 512MiB or 2GiB"},
    Option{"--volume", "PATH[,OPTION...]", "a disk image; options: size=8GiB, create, ro, serial=NAME",
           Takes::ManyValues},
    Option{"--share", "TAG=FOLDER", "a folder that the guest can mount by its tag", Takes::ManyValues},
    Option{"--net", "nat[,mac=MAC]", "a network interface", Takes::ManyValues},
    Option{"--label", "KEY=VALUE", "a label", Takes::ManyValues},
    Option{"--runner", "RUNNER", "auto, vfkit or qemu"},
    Option{"--log-level", "LEVEL", "how much the runner says: error, info or debug"},
    Option{"--stop-timeout", "TIME", "how long stop waits for the guest before it gets harder"},
    Option{"--start", "", "start it, too", Takes::Nothing},
    Option{"--wait", "", "with --start: return when it runs", Takes::Nothing},
    Option{"--timeout", "TIME", "with --wait: give up after this time (default 60s)"},
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

// The folder that paths in the file are relative to.
std::string folderOf(const std::string& file, const std::string& current) {
  if (file == "-") return current;
  return (std::filesystem::path(current) / file).lexically_normal().parent_path().string();
}

Result<std::string> readDescriptor(int fd) {
  std::string text;
  std::array<char, 65'536> piece;
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return systemError("cannot read standard input", errno);
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kDefinitionCap) return Error{Errc::TooLarge, "a definition is at most 2 MiB", {}, {}};
  }
}

// A failure with a local file is none of the daemon's: its code must not read as "no such VM".
Error localFailure(Error error, const std::string& file) {
  if (error.code == Errc::NotFound || error.code == Errc::Permission) error.code = Errc::Usage;
  if (error.code == Errc::Malformed) error.detail = fmt::format("{}:{}", file, error.detail);
  return error;
}

Result<Json> readFileDefinition(const std::string& file, Context& context, const PathBase& base) {
  auto text = file == "-" ? readDescriptor(context.in()) : readFile(file, kDefinitionCap);
  if (!text) return localFailure(std::move(text).error(), file);
  auto definition = parseDefinition(*text, file);
  if (!definition) return localFailure(std::move(definition).error(), file == "-" ? "standard input" : file);
  resolvePaths(*definition, folderOf(file, base.folder), base.home);
  return definition;
}

Result<Json> definitionOf(Context& context, const Arguments& arguments) {
  std::error_code failed;
  const PathBase base{std::filesystem::current_path(failed).string(), context.environment()("HOME").value_or("/")};
  Json definition{{"metadata", Json::object()}, {"spec", Json::object()}};
  if (const auto file = arguments.text("file")) {
    auto read = readFileDefinition(*file, context, base);
    if (!read) return read;
    definition = std::move(*read);
  }
  if (!arguments.operands().empty()) definition["metadata"]["name"] = arguments.operands().front();
  if (!definition["metadata"].contains("name")) {
    return Error{Errc::Usage, "create needs a name", "microvmctl create NAME, or a name in the file", {}};
  }
  if (auto applied = applyFlags(definition, arguments, base); !applied) return std::move(applied).error();
  return definition;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto limit = waitLimit(arguments);
  if (!limit) return context.fail("", limit.error());
  const auto definition = definitionOf(context, arguments);
  if (!definition) return context.fail("cannot create the VM", definition.error());
  const std::string name = textAt(*definition, "/metadata/name");
  auto& client = context.client();

  Batch batch(context, {name});
  batch.step("cannot create", [&](const std::string&) -> Result<Json> {
    auto vm = client.createVm(*definition);
    if (vm) context.note(fmt::format("created \"{}\"", name));
    if (vm || vm.error().code != Errc::AlreadyExists || !arguments.has("exist-ok")) return vm;
    context.note(fmt::format("\"{}\" exists already; its definition stays as it is", name));
    return client.getVm(name);
  });
  Asking asking(context, batch, kStartWords);
  if (arguments.has("start") || arguments.has("wait")) {
    asking.ask([](client::Client& asked, const std::string& started) { return asked.startVm(started); });
  }
  if (arguments.has("wait")) asking.wait(*limit);
  return batch.finish();
}

}  // namespace

const Command& createCommand() {
  static constexpr Command kCommand{
      .name = "create",
      .group = "Virtual machines",
      .summary = "create a VM from flags or a definition file",
      .operands = "[NAME]",
      .mostOperands = 1,
      .description =
          "Stores the definition of a VM. Nothing is kept when any of it cannot be used.\n"
          "A flag replaces the file's member; --volume, --share, --net and --label add to it. Relative paths in the "
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
