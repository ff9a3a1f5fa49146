#include "daemon/service/records/vm_folders.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <sys/stat.h>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/logging.hpp"
#include "daemon/runner/paths.hpp"
#include "daemon/service/records/vm_files.hpp"
#include "daemon/wire/vm_record.hpp"

namespace microvm {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRecordBytes = 2 * 1024 * 1024;
constexpr std::size_t kRunIdDigits = 8;

VmPaths pathsIn(const std::string& stateFolder, const std::string& id) {
  VmPaths paths;
  paths.stateFolder = stateFolder + "/vms/" + id;
  return paths;
}

/// The names of the folders in a folder; none when there is no such folder.
Result<std::vector<std::string>> foldersIn(const std::string& folder) {
  std::error_code ec;
  std::vector<std::string> names;
  for (fs::directory_iterator each(folder, ec), end; !ec && each != end; each.increment(ec)) {
    std::error_code unknown;
    if (each->symlink_status(unknown).type() == fs::file_type::directory) names.push_back(each->path().filename());
  }
  if (ec && ec != std::errc::no_such_file_or_directory) return systemError("cannot list " + folder, ec.value());
  std::sort(names.begin(), names.end());
  return names;
}

/// A vm.json that was being written when its writer ended.
bool isUnfinished(const std::string& name) {
  return name.starts_with("vm.json.");
}

/// Whether it is, byte for byte, what would be written: of most it is, and then nothing needs to be understood.
bool isAsWritten(const std::string& path, const Vm& vm) {
  const auto text = readFile(path, kRecordBytes);
  return text && *text == vmRecordText(vm);
}

bool isEmpty(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0;
}

/// Whether there is nothing in the folder that anybody was told of; removes it then.
bool removeUnfinished(const std::string& folder, DatabaseState database) {
  std::error_code ec;
  for (fs::directory_iterator each(folder, ec), end; !ec && each != end; each.increment(ec)) {
    const std::string name = each->path().filename();
    const bool isLostRecord = name == "vm.json" && database == DatabaseState::Whole && isEmpty(each->path());
    if (!isUnfinished(name) && !isLostRecord) return false;
  }
  if (ec) return false;
  fs::remove_all(folder, ec);
  return !ec;
}

Result<Vm> readRecord(const std::string& path, const std::string& id) {
  auto text = readFile(path, kRecordBytes);
  if (!text) return std::move(text).error();
  auto vm = parseVmRecord(*text);
  if (!vm) {
    vm.error().detail = fmt::format("{} cannot be read: {}", path, vm.error().detail);
    return vm;
  }
  if (vm->id != id) return Error{Errc::Invalid, fmt::format("{} is that of VM {}", path, vm->id), {}, {}};
  return vm;
}

bool isThere(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

StrayFolder examine(const std::string& stateFolder, const std::string& id) {
  const auto paths = pathsIn(stateFolder, id);
  const bool isDeleted = !isThere(paths.recordFile()) && isThere(paths.deletedFile());
  auto vm = readRecord(isDeleted ? paths.deletedFile() : paths.recordFile(), id);
  StrayFolder stray;
  stray.id = id;
  if (isDeleted) {
    stray.kind = StrayFolder::Kind::Deleted;
  } else if (vm) {
    stray.kind = StrayFolder::Kind::Vm;
  } else {
    stray.problem = vm.error().detail;
  }
  if (vm) stray.vm = std::move(*vm);
  return stray;
}

}  // namespace

Result<std::vector<StrayFolder>> findStrayFolders(const std::string& stateFolder, const std::set<std::string>& knownIds,
                                                  DatabaseState database) {
  auto names = foldersIn(stateFolder + "/vms");
  if (!names) return std::move(names).error();
  std::vector<StrayFolder> strays;
  for (const auto& id : *names) {
    if (knownIds.count(id) != 0 || removeUnfinished(pathsIn(stateFolder, id).stateFolder, database)) continue;
    strays.push_back(examine(stateFolder, id));
  }
  return strays;
}

std::vector<std::string> findStrayRunFolders(const std::string& runFolder, const std::set<std::string>& knownRunIds) {
  const auto isRunId = [](const std::string& name) {
    return name.size() == kRunIdDigits && name.find_first_not_of("0123456789abcdef") == std::string::npos;
  };
  std::vector<std::string> strays;
  for (auto& name : foldersIn(runFolder).value_or(std::vector<std::string>())) {
    if (isRunId(name) && knownRunIds.count(name) == 0) strays.push_back(std::move(name));
  }
  return strays;
}

Result<void> mendRecords(const std::string& stateFolder, const std::vector<Vm>& vms) {
  Result<void> outcome;
  for (const Vm& vm : vms) {
    const auto paths = pathsIn(stateFolder, vm.id);
    if (vm.state == State::Broken || isAsWritten(paths.recordFile(), vm)) continue;
    const auto problem = recordProblem(stateFolder, vm);
    if (problem.empty()) continue;
    logWarn("a vm.json is written anew vm={} reason=\"{}\"", vm.definition.name, problem);
    auto made = makeFolders(paths.stateFolder);
    if (made) made = writeVmRecord(paths, vm);
    if (!made) outcome = std::move(made);
  }
  return outcome;
}

std::vector<std::string> compareRecords(const std::string& stateFolder, const std::vector<Vm>& vms) {
  std::vector<std::string> findings;
  std::set<std::string> known;
  for (const Vm& vm : vms) {
    known.insert(vm.id);
    auto problem = vm.state == State::Broken ? vm.reason : recordProblem(stateFolder, vm);
    if (!problem.empty()) findings.push_back(fmt::format("VM {}: {}", vm.definition.name, problem));
  }
  for (const auto& name : foldersIn(stateFolder + "/vms").value_or(std::vector<std::string>())) {
    if (known.count(name) == 0) findings.push_back(fmt::format("{}/vms/{} belongs to no VM", stateFolder, name));
  }
  return findings;
}

std::string recordProblem(const std::string& stateFolder, const Vm& vm) {
  const auto path = pathsIn(stateFolder, vm.id).recordFile();
  const auto recorded = readRecord(path, vm.id);
  if (!recorded) return recorded.error().detail;
  const bool isSame = recorded->runId == vm.runId && recorded->generation == vm.generation &&
                      recorded->createdAt == vm.createdAt && recorded->definition == vm.definition;
  return isSame ? "" : fmt::format("{} differs from the database", path);
}

}  // namespace microvm
