#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/commands/changes/plan_text.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition/definition_file.hpp"
#include "client/cli/definition_source.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kExamples{
    Example{"microvmctl set web cpus=4 memory=2GiB", "more of both, at the next start"},
    Example{"microvmctl set web labels.team=infra restart.policy=always", "members of members"},
    Example{"microvmctl set web ignition= labels.old=", "nothing behind = gives the default again"},
    Example{"microvmctl set web 'volumes=[{image: /images/root.img}]'", "a list, as YAML"},
};

/// Puts `value` where the dots lead.
void put(Json& target, std::string_view path, Json value) {
  const auto dot = path.find('.');
  const std::string name(path.substr(0, dot));
  if (dot == std::string_view::npos) {
    target[name] = std::move(value);
    return;
  }
  if (!target[name].is_object()) target[name] = Json::object();
  put(target[name], path.substr(dot + 1), std::move(value));
}

bool isPath(std::string_view path) {
  return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == std::string_view::npos;
}

Result<void> addAssignment(Json& patch, std::string_view text) {
  const auto equals = text.find('=');
  const auto path = text.substr(0, equals);
  if (equals == std::string_view::npos || !isPath(path)) {
    return Error{Errc::Usage, fmt::format("{} is no MEMBER=VALUE", text), "such as cpus=4", {}};
  }
  if (path == "name") {
    return Error{Errc::Usage, "the name is not set", "microvmctl rename OLD NEW", {}};
  }
  const auto word = text.substr(equals + 1);
  auto value = word.empty() ? Result<Json>(Json(nullptr)) : yamlToJson(word);
  if (!value)
    return Error{Errc::Usage, fmt::format("the value of {} is no YAML: {}", path, value.error().detail), {}, {}};
  const auto first = path.substr(0, path.find('.'));
  put(patch[first == "labels" || first == "protect" ? "metadata" : "spec"], path, std::move(*value));
  return {};
}

Result<Json> patchOf(Context& context, const Arguments& arguments) {
  Json patch = Json::object();
  const auto& operands = arguments.operands();
  for (auto each = operands.begin() + 1; each != operands.end(); ++each) {
    if (auto added = addAssignment(patch, *each); !added) return std::move(added).error();
  }
  const auto base = pathBase(context);
  resolvePaths(patch, base.folder, base.home);
  return patch;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto patch = patchOf(context, arguments);
  if (!patch) return context.fail("", patch.error());
  return stepAll(context, {arguments.operands().front()}, "cannot set", [&](const std::string& name) {
    auto vm = context.client().patchVm(name, *patch);
    if (vm) context.note(fmt::format("changed \"{}\"", name));
    const auto pending = vm ? pendingText(*vm) : std::string();
    if (!pending.empty()) context.note(fmt::format("at its next start: {}", pending));
    return vm;
  });
}

}  // namespace

const Command& setCommand() {
  static constexpr Command kCommand{
      .name = "set",
      .group = "Virtual machines",
      .summary = "change members of a VM's definition",
      .operands = "NAME MEMBER=VALUE...",
      .leastOperands = 2,
      .mostOperands = kAnyNumber,
      .description =
          "Members are those of a definition file, with dots between a member and its own. A value is YAML; a list "
          "takes "
          "the place of the whole list. Paths may be relative to the current folder.",
      .options = kResultOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
