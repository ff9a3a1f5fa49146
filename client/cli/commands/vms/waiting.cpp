#include "client/cli/commands/vms/waiting.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

std::string_view doneText(client::Condition condition) {
  switch (condition) {
    case client::Condition::Running:
      return "is running";
    case client::Condition::Paused:
      return "is paused";
    case client::Condition::Stopped:
      return "is stopped";
    case client::Condition::Deleted:
      return "is deleted";
  }
  return {};
}

}  // namespace

void waitAll(Context& context, Batch& batch, client::Condition condition, Milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  batch.step("waiting for", [&](const std::string& name) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    auto vm = context.client().waitVm(name, condition, std::max(left, Milliseconds(1)));
    if (vm) context.note(fmt::format("\"{}\" {}", name, doneText(condition)));
    return vm;
  });
}

void waitAll(Context& context, Batch& batch, const std::string& goal, Milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  batch.step("waiting for", [&](const std::string& name) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    auto vm = context.client().waitVm(name, goal, std::max(left, Milliseconds(1)));
    if (vm && goal == "ready") context.note(fmt::format("\"{}\" is ready", name));
    if (vm && goal != "ready") context.note(fmt::format("\"{}\" has {}", name, goal));
    return vm;
  });
}

}  // namespace microvm::cli
