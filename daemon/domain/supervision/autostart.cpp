#include "daemon/domain/supervision/autostart.hpp"

#include <algorithm>
#include <tuple>

namespace microvm {
namespace {

using Waiting = std::vector<const Definition*>;

bool comesFirst(const Definition* a, const Definition* b) {
  return std::make_tuple(-static_cast<long>(a->autostart.priority), std::string_view(a->name)) <
         std::make_tuple(-static_cast<long>(b->autostart.priority), std::string_view(b->name));
}

/// Whether nothing that it is to start after still waits.
bool isFree(const Definition& definition, const Waiting& waiting) {
  const auto& after = definition.autostart.startAfter;
  return std::none_of(waiting.begin(), waiting.end(), [&](const Definition* other) {
    return other != &definition && std::find(after.begin(), after.end(), other->name) != after.end();
  });
}

}  // namespace

bool startsWithHost(const Vm& vm) {
  if (vm.state == State::Broken) return false;
  const bool wasWanted = vm.desired == Desired::Running && vm.definition.restart.policy == RestartPolicy::Always;
  return vm.definition.autostart.enable || wasWanted;
}

std::vector<std::string> startOrder(const std::vector<Definition>& definitions) {
  Waiting waiting;
  for (const auto& definition : definitions)
    waiting.push_back(&definition);
  std::sort(waiting.begin(), waiting.end(), comesFirst);
  std::vector<std::string> order;
  while (!waiting.empty()) {
    auto next = std::find_if(waiting.begin(), waiting.end(),
                             [&](const Definition* candidate) { return isFree(*candidate, waiting); });
    if (next == waiting.end()) next = waiting.begin();
    order.push_back((*next)->name);
    waiting.erase(next);
  }
  return order;
}

}  // namespace microvm
