#include "daemon/service/vm_registry.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace microvm {

Result<SupervisorPtr> VmRegistry::find(const std::string& nameOrId) const {
  const auto named = byName_.find(nameOrId);
  if (named != byName_.end()) return named->second;
  const auto identified = std::find_if(byName_.begin(), byName_.end(),
                                       [&](const auto& entry) { return entry.second->vm().id == nameOrId; });
  if (identified != byName_.end()) return identified->second;
  return Error{
      Errc::NotFound, fmt::format("there is no VM named {}", nameOrId), "microvmctl list shows those there are", {}};
}

std::size_t VmRegistry::running() const {
  const auto runs = [](const auto& entry) { return isAlive(entry.second->vm().state); };
  return static_cast<std::size_t>(std::count_if(byName_.begin(), byName_.end(), runs));
}

Result<Reservation> VmRegistry::reserve(const std::string& name) {
  Reservation reservation(reserved_, name);
  if (reservation.isHeld() && !has(name)) return reservation;
  return Error{Errc::AlreadyExists,
               fmt::format("there is a VM named {} already", name),
               "choose another name, or delete it first",
               {}};
}

void VmRegistry::add(SupervisorPtr supervisor) {
  const auto& name = supervisor->vm().definition.name;
  byName_[name] = std::move(supervisor);
}

void VmRegistry::rename(const std::string& from, const std::string& to) {
  auto entry = byName_.extract(from);
  if (entry.empty()) return;
  entry.key() = to;
  byName_.insert(std::move(entry));
}

}  // namespace microvm
