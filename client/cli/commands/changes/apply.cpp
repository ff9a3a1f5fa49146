#include <array>
#include <cstdint>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/commands/changes/plan_text.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition_source.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-f,--file", "FILE", "a definition in YAML or JSON; - reads standard input; may be given several times",
           Takes::ManyValues},
    Option{"--dry-run", "", "only tell what would change, and when it would count", Takes::Nothing},
    kResultOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl apply -f web.yaml", "create the VM, or change it to what the file says"},
    Example{"microvmctl apply -f web.yaml --dry-run", "what would be different"},
};

using Definitions = std::map<std::string, Json>;

/// The definitions, by name.
Result<Definitions> readAll(Context& context, const Arguments& arguments) {
  Definitions definitions;
  for (const auto& file : arguments.all("file")) {
    auto read = readDefinition(file, context, pathBase(context));
    if (!read) return std::move(read).error();
    const std::string name = textAt(*read, "/metadata/name");
    if (name.empty()) return Error{Errc::Usage, fmt::format("the definition in {} has no name", file), {}, {}};
    if (!definitions.emplace(name, std::move(*read)).second) {
      return Error{Errc::Usage, fmt::format("two definitions are named {}", name), {}, {}};
    }
  }
  if (definitions.empty()) return Error{Errc::Usage, "apply needs a file", "microvmctl apply -f FILE", {}};
  return definitions;
}

std::uint64_t generationOf(const Json& vm) {
  return vm.value(Json::json_pointer("/metadata/generation"), std::uint64_t{0});
}

/// Creates the VM or gives it the definition, and tells what that was.
Result<Json> applyOne(Context& context, const std::string& name, const Json& definition) {
  auto& client = context.client();
  auto before = client.getVm(name);
  if (!before && before.error().code != Errc::NotFound) return before;
  if (!before) {
    auto created = client.createVm(definition);
    if (created) context.note(fmt::format("created \"{}\"", name));
    return created;
  }
  const auto generation = generationOf(*before);
  auto after = client.replaceVm(name, definition, generation);
  if (!after) return after;
  const bool isSame = generationOf(*after) == generation;
  context.note(fmt::format("{} \"{}\"", isSame ? "unchanged:" : "changed", name));
  if (const auto pending = pendingText(*after); !pending.empty()) {
    context.note(fmt::format("at the next start of \"{}\": {}", name, pending));
  }
  return after;
}

ExitCode plan(Context& context, const Definitions& definitions) {
  ExitCode worst = ExitCode::Ok;
  for (const auto& [name, definition] : definitions) {
    const auto made = context.client().planVm(definition);
    if (!made) {
      worst = worse(worst, context.fail(fmt::format("cannot apply \"{}\"", name), made.error()));
    } else if (context.format()) {
      context.out().write(made->dump() + "\n");
    } else {
      context.out().write(planText(*made));
    }
  }
  return worst;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto definitions = readAll(context, arguments);
  if (!definitions) return context.fail("", definitions.error());
  if (arguments.has("dry-run")) return plan(context, *definitions);
  std::vector<std::string> names;
  for (const auto& [name, definition] : *definitions)
    names.push_back(name);
  return stepAll(context, names, "cannot apply",
                 [&](const std::string& name) { return applyOne(context, name, definitions->at(name)); });
}

}  // namespace

const Command& applyCommand() {
  static constexpr Command kCommand{
      .name = "apply",
      .group = "Virtual machines",
      .summary = "create or change VMs by definition files",
      .description =
          "A VM that is not there is created, one that is there gets the file's definition in the place of its own, "
          "running or not. What counts at the next start only is told, and stays in the VM's status.pendingRestart.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
