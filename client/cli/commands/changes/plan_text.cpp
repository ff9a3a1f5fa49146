#include "client/cli/commands/changes/plan_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/output.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string effectText(const std::string& effect) {
  if (effect == "live") return "at once";
  if (effect == "restart") return "at the next start";
  if (effect == "recreate") return "only for what is made anew";
  return effect;  // of a newer daemon
}

std::string changeLine(const Json& change) {
  const Json from = change.value("from", Json(nullptr));
  const Json to = change.value("to", Json(nullptr));
  const std::string effect = effectText(textAt(change, "/effect"));
  std::string line = "  " + textAt(change, "/pointer") + ": ";
  if (from.is_null()) {
    line += fmt::format("{} (new, {})", to.dump(), effect);
  } else if (to.is_null()) {
    line += fmt::format("{} (gone, {})", from.dump(), effect);
  } else {
    line += fmt::format("{} -> {} ({})", from.dump(), to.dump(), effect);
  }
  return printable(line) + "\n";
}

std::string headLine(const Json& plan, std::size_t changes) {
  const std::string vm = textAt(plan, "/vm");
  const std::string action = textAt(plan, "/action");
  if (action == "create") return vm + ": is created\n";
  if (action == "none") return vm + ": no change\n";
  return fmt::format("{}: {} {}\n", vm, changes, changes == 1 ? "change" : "changes");
}

}  // namespace

std::string planText(const Json& plan) {
  const Json changes = plan.value("changes", Json::array());
  std::string text = headLine(plan, changes.size());
  for (const Json& change : changes)
    text += changeLine(change);
  for (const Json& warning : plan.value("warnings", Json::array()))
    text += printable(fmt::format("  warning: {}: {}", textAt(warning, "/pointer"), textAt(warning, "/detail"))) + "\n";
  return text;
}

std::string pendingText(const Json& vm) {
  std::string text;
  for (const Json& pointer : vm.value(Json::json_pointer("/status/pendingRestart"), Json::array()))
    text += (text.empty() ? "" : ", ") + pointer.get<std::string>();
  return text;
}

}  // namespace microvm::cli
