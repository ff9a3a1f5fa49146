#include "daemon/domain/event_filter.hpp"

#include <algorithm>
#include <string_view>

namespace microvm {
namespace {

bool isOfKind(std::string_view type, std::string_view kind) {
  if (kind.ends_with('*')) return type.starts_with(kind.substr(0, kind.size() - 1));
  return type == kind;
}

}  // namespace

bool EventFilter::matches(const VmEvent& event) const {
  if (since && event.at < *since) return false;
  if (vmId && event.vmId != *vmId) return false;
  if (vm && event.vmId != *vm && event.vmName != *vm) return false;
  const auto isWanted = [&](const std::string& kind) { return isOfKind(event.type, kind); };
  if (!kinds.empty() && std::none_of(kinds.begin(), kinds.end(), isWanted)) return false;
  return labels.matches(event.labels);
}

}  // namespace microvm
