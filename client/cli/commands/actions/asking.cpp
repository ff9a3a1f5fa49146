#include "client/cli/commands/actions/asking.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/http/problem.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

}  // namespace

Asking::Asking(Context& context, Batch& batch, const ActionWords& words)
    : context_(context), batch_(batch), words_(words) {}

void Asking::ask(const Ask& action) {
  batch_.step(words_.failure, [&](const std::string& name) -> Result<Json> {
    auto accepted = action(context_.client(), name);
    if (!accepted) return std::move(accepted).error();
    if (accepted->operation.empty()) {
      context_.note(fmt::format("\"{}\" {}", name, words_.already));
    } else {
      context_.note(fmt::format("{} \"{}\"", words_.doing, name));
      operations_[name] = accepted->operation;
      longestGrace_ = std::max(longestGrace_, accepted->grace.value_or(Milliseconds(0)));
    }
    return context_.client().getVm(name);
  });
}

void Asking::wait(Milliseconds limit, Until until) {
  const auto deadline = Clock::now() + limit;
  batch_.step("waiting for", [&](const std::string& name) -> Result<Json> {
    const auto id = operations_.find(name);
    if (id != operations_.end()) {
      const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
      auto operation = context_.client().waitOperation(id->second, std::max(left, Milliseconds(1)));
      if (!operation) return std::move(operation).error();
      if (const auto error = operation->find("error"); error != operation->end()) return http::errorFromProblem(*error);
      context_.note(fmt::format("\"{}\" {}", name, words_.done));
    }
    if (until == Until::Done) return context_.client().getVm(name);
    const auto left = std::chrono::ceil<Milliseconds>(deadline - Clock::now());
    auto vm = context_.client().waitVm(name, "ready", std::max(left, Milliseconds(1)));
    if (vm) context_.note(fmt::format("\"{}\" is ready", name));
    return vm;
  });
}

std::optional<Until> wantedWait(const Arguments& arguments) {
  if (arguments.has("ready")) return Until::Ready;
  if (arguments.has("wait")) return Until::Done;
  return std::nullopt;
}

Result<void> checkTimeout(const Arguments& arguments) {
  if (!arguments.has("timeout") || wantedWait(arguments)) return {};
  return Error{Errc::Usage, "--timeout limits what --wait waits for", "give --wait too", {}};
}

Result<Milliseconds> waitLimit(const Arguments& arguments) {
  const auto given = arguments.duration("timeout");
  if (!given) return given.error();
  return given->value_or(Milliseconds(60'000));
}

bool isUp(std::string_view state) {
  return state == "starting" || state == "running" || state == "paused" || state == "stopping" || state == "restarting";
}

Result<std::vector<std::string>> namesOf(Context& context, const Arguments& arguments,
                                         bool (*suits)(std::string_view state)) {
  const bool isNamed = !arguments.operands().empty();
  if (isNamed == arguments.has("all")) {
    return Error{Errc::Usage, isNamed ? "--all takes no names" : "name a VM, or use --all", {}, {}};
  }
  if (isNamed) return arguments.operands();
  auto list = context.client().listVms();
  if (!list) return std::move(list).error();
  std::vector<std::string> names;
  for (const Json& vm : list->value("items", Json::array())) {
    if (suits(stateOf(vm))) names.push_back(nameOf(vm));
  }
  if (names.empty()) context.note("there is no VM that this makes sense for");
  return names;
}

}  // namespace microvm::cli
