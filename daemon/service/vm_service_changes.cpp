// Changes of definitions: new ones in the place of old ones, new names, clones.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/logging.hpp"
#include "daemon/files/image_copy.hpp"
#include "daemon/service/records/vm_files.hpp"
#include "daemon/service/vm_service.hpp"
#include "daemon/wire/definition_diff.hpp"

namespace microvm {
namespace {

/// An interface that names no MAC is the one that is at its place.
void keepMacs(Definition& wanted, const Definition& before) {
  const auto both = std::min(wanted.interfaces.size(), before.interfaces.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (wanted.interfaces[i].mac.empty()) wanted.interfaces[i].mac = before.interfaces[i].mac;
  }
}

/// Whether only name, labels and protection differ.
bool isSameMachine(const Definition& before, Definition after) {
  after.name = before.name;
  after.labels = before.labels;
  after.isProtected = before.isProtected;
  return after == before;
}

std::vector<FieldError> recreateWarnings(const Definition& before, const Definition& after) {
  std::vector<FieldError> warnings;
  for (const MemberChange& change : differences(before, after)) {
    if (change.effect != ChangeEffect::Recreate) continue;
    warnings.push_back({change.pointer, "counts for an image that is made anew; the one that is there stays as it is"});
  }
  return warnings;
}

/// What two VMs cannot have in common.
void makeOwn(Definition& copy, const std::string& name, const VmPaths& paths) {
  copy.name = name;
  copy.isProtected = false;
  for (auto& interface : copy.interfaces)
    interface.mac.clear();
  for (auto& port : copy.vsock)
    port.socket.clear();
  if (auto* efi = std::get_if<EfiBoot>(&copy.boot)) efi->variableStore.clear();
  for (std::size_t i = 0; i < copy.volumes.size(); ++i) {
    auto* image = std::get_if<ImageFile>(&copy.volumes[i].source);
    if (image != nullptr && !copy.volumes[i].readOnly)
      image->path = fmt::format("{}/volumes/{}.img", paths.stateFolder, i);
  }
}

Result<void> copyIfThere(const std::string& from, const std::string& to) {
  std::error_code ec;
  if (!std::filesystem::exists(from, ec) && !ec) return {};  // it is made at the first start
  return copyImage(from, to);
}

std::string variableStoreOf(const Definition& definition, const VmPaths& paths) {
  const auto& store = std::get<EfiBoot>(definition.boot).variableStore;
  return store.empty() ? paths.variableStore() : store;
}

struct Copy {
  Definition from;
  Definition to;
  VmPaths fromPaths;
  VmPaths toPaths;
};

Result<void> copyFiles(const Copy& copy) {
  if (auto made = makeFolders(copy.toPaths.stateFolder + "/volumes"); !made) return made;
  for (std::size_t i = 0; i < copy.from.volumes.size(); ++i) {
    const auto* from = std::get_if<ImageFile>(&copy.from.volumes[i].source);
    if (from == nullptr || copy.from.volumes[i].readOnly) continue;
    const auto& to = std::get<ImageFile>(copy.to.volumes[i].source);
    if (auto copied = copyIfThere(from->path, to.path); !copied) return copied;
  }
  if (!std::holds_alternative<EfiBoot>(copy.from.boot)) return {};
  return copyIfThere(variableStoreOf(copy.from, copy.fromPaths), copy.toPaths.variableStore());
}

}  // namespace

Task<std::vector<FieldError>> VmService::checkChange(Definition before, Draft draft) {
  std::vector<FieldError> further = recreateWarnings(before, draft.definition);
  if (draft.errors.empty() && draft.asks.empty() && isSameMachine(before, draft.definition)) {
    auto valid = validate(draft.definition);
    if (!valid) co_return std::move(valid).error();
    co_return further;
  }
  auto warnings = co_await admission_.checkOnHost(std::move(draft));
  if (warnings) warnings->insert(warnings->end(), further.begin(), further.end());
  co_return warnings;
}

Result<Reservation> VmService::reserveRename(const std::string& oldName, const std::string& newName) {
  auto reservation = vms_.reserve(newName);
  if (!reservation) return reservation;
  for (const auto& [name, other] : vms_.byName()) {
    const auto& after = other->vm().definition.autostart.startAfter;
    if (std::find(after.begin(), after.end(), oldName) == after.end()) continue;
    return Error{Errc::InUse,
                 fmt::format("VM {} names {} in spec.autostart.startAfter", name, oldName),
                 "take it out there, rename, and name it anew",
                 {}};
  }
  return reservation;
}

Task<VmView> VmService::change(std::string nameOrId, DefinitionChange change, Cause cause) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto supervisor = *found;
  const std::string oldName = supervisor->vm().definition.name;
  const std::string newName = change.draft.definition.name;
  std::optional<Reservation> reservation;
  if (newName != oldName) {
    auto reserved = reserveRename(oldName, newName);
    if (!reserved) co_return std::move(reserved).error();
    reservation.emplace(std::move(*reserved));
  }
  keepMacs(change.draft.definition, supervisor->vm().definition);
  giveMacs(change.draft.definition);
  Definition definition = change.draft.definition;
  auto warnings = co_await checkChange(supervisor->vm().definition, std::move(change.draft));
  if (!warnings) co_return std::move(warnings).error();
  auto view = co_await supervisor->redefine(std::move(definition), change.generation, std::move(cause));
  if (!view) co_return view;
  if (newName != oldName) vms_.rename(oldName, newName);
  view->warnings = std::move(*warnings);
  co_return view;
}

Task<void> VmService::copyForClone(SupervisorPtr source, Vm vm, Cause cause) {
  Copy copy{source->vm().definition, vm.definition, source->paths(), pathsOf(vm)};
  const auto since = source->vm().stateSince;
  auto job = [copy] { return copyFiles(copy); };
  auto copied = co_await ports_.files.run(std::move(job));
  if (copied && source->vm().state == State::Stopped && source->vm().stateSince == since) co_return copied;
  auto undoJob = [paths = copy.toPaths] { return removeVmFolders(paths); };
  auto undone = co_await ports_.files.run(std::move(undoJob));
  if (!undone)
    logWarn(cause, "a folder is left over path={} error={}", copy.toPaths.stateFolder, undone.error().detail);
  if (!copied) co_return copied;
  co_return Error{
      Errc::Busy, fmt::format("VM {} was started while it was copied", copy.from.name), "stop it first", {}};
}

Task<VmView> VmService::clone(std::string nameOrId, std::string newName, Cause cause) {
  auto found = vms_.find(nameOrId);
  if (!found) co_return std::move(found).error();
  const auto source = *found;
  if (source->vm().state != State::Stopped) {
    const auto& name = source->vm().definition.name;
    co_return Error{Errc::WrongState,
                    fmt::format("VM {} is {}; only a stopped one can be cloned", name, toText(source->vm().state)),
                    "microvmctl stop " + name,
                    {}};
  }
  const auto reservation = vms_.reserve(newName);
  if (!reservation) co_return reservation.error();
  Vm sourceVm = source->vm();
  auto free = co_await admission_.checkFree(std::move(sourceVm));  // another VM may write one of its images
  if (!free) co_return std::move(free).error();
  Vm vm = newVm(source->vm().definition);
  const VmPaths paths = pathsOf(vm);
  makeOwn(vm.definition, newName, paths);
  giveMacs(vm.definition);
  if (auto valid = validate(vm.definition); !valid) co_return std::move(valid).error();
  auto copied = co_await copyForClone(source, vm, cause);
  if (!copied) co_return std::move(copied).error();
  auto kept = co_await keep(vm, paths, cause);
  if (!kept) co_return std::move(kept).error();
  logInfo(cause, "cloned vm={} from={} id={}", newName, source->vm().definition.name, vm.id);
  co_return adopt(std::move(vm))->view();
}

}  // namespace microvm
