#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/operations/operation_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-o,--output,--format", "FORMAT", "{}: everything as it was kept", Takes::OneValue, "json,jsonl"},
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl postmortem web", "how it ended, and what it said before"},
};

std::string joined(const Json& list) {
  std::string text;
  for (const Json& item : list)
    text += fmt::format("{}{}", text.empty() ? "" : " ", item.is_string() ? item.get<std::string>() : item.dump());
  return text;
}

std::string eventsOf(const Json& events) {
  std::string text;
  for (const Json& event : events) {
    text += fmt::format("  {}  {}  {}: {}\n", textAt(event, "/at"), textAt(event, "/type"), textAt(event, "/cause"),
                        textAt(event, "/detail"));
  }
  return text;
}

std::string section(std::string_view title, const std::string& text) {
  if (text.empty()) return fmt::format("\n{}: nothing\n", title);
  return fmt::format("\n{}:\n{}{}", title, text, text.back() == '\n' ? "" : "\n");
}

std::string report(const Json& box) {
  std::string text =
      fmt::format("{} ended at {}: {}\n", textAt(box, "/vm/name"), textAt(box, "/at"), textAt(box, "/exit/reason"));
  text += fmt::format("load of the host: {}\n", joined(box.value("hostLoad", Json::array())));
  text += fmt::format("runner: {}\n", joined(box.value("argv", Json::array())));
  text += section("what had happened", eventsOf(box.value("events", Json::array())));
  text += section("what the runner said", textAt(box, "/runnerLog"));
  text += section("the end of the console", textAt(box, "/console/text"));
  return text;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& name = arguments.operands().front();
  const auto box = context.client().getPostmortem(name);
  if (!box) return context.fail(fmt::format("no postmortem of \"{}\"", name), box.error());
  if (context.wantsJson()) {
    context.writeJson(*box);
  } else {
    context.out().write(report(*box));
  }
  return ExitCode::Ok;
}

}  // namespace

const Command& postmortemCommand() {
  static constexpr Command kCommand{
      .name = "postmortem",
      .group = "Virtual machines",
      .summary = "tell how a VM ended that should not have",
      .operands = "NAME",
      .leastOperands = 1,
      .mostOperands = 1,
      .description =
          "When a VM ends and nobody asked for it, the end of its console, what its runner said, the runner's command "
          "line, the events before and the load of the host are kept; the last five times.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
