#include "daemon/app/maintenance.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include "daemon/app/instance.hpp"
#include "daemon/service/records/vm_folders.hpp"
#include "daemon/store/sqlite/database.hpp"
#include "daemon/store/sqlite/restore.hpp"

namespace microvm {
namespace {

Result<std::unique_ptr<Database>> openPresent(const Options& options) {
  const auto path = databaseIn(options.stateFolder);
  if (::access(path.c_str(), F_OK) != 0) {
    return Error{Errc::NotFound, fmt::format("there is no database {}", path), "name its folder with --state-dir", {}};
  }
  return Database::open(path);
}

Result<std::string> backUp(const Options& options) {
  auto database = openPresent(options);
  if (!database) return std::move(database).error();
  auto copy = (*database)->backup(*options.backupFile);
  if (!copy) return std::move(copy).error();
  return fmt::format("{} VMs, {} bytes in {}\n", copy->vms, copy->bytes, copy->path);
}

Result<std::string> restore(const Options& options) {
  auto restored = restoreDatabase(*options.restoreFile, databaseIn(options.stateFolder));
  if (!restored) return std::move(restored).error();
  auto text = fmt::format("restored {} VMs from {}\n", restored->vms, *options.restoreFile);
  if (!restored->setAside.empty()) text += fmt::format("the database before is kept as {}\n", restored->setAside);
  return text;
}

Result<std::string> verify(const Options& options) {
  auto database = openPresent(options);
  if (!database) return std::move(database).error();
  auto findings = (*database)->verify();
  if (!findings) return std::move(findings).error();
  auto vms = (*database)->loadAll();
  if (!vms) return std::move(vms).error();
  for (auto& difference : compareRecords(options.stateFolder, *vms))
    findings->push_back(std::move(difference));
  if (findings->empty()) return fmt::format("{} VMs: all is well\n", vms->size());
  std::string detail;
  for (const auto& finding : *findings)
    detail += (detail.empty() ? "" : "\n") + finding;
  return Error{
      Errc::Io,
      std::move(detail),
      "the next start of microvmd writes each vm.json anew from the database, and a damaged database from them",
      {}};
}

}  // namespace

std::string databaseIn(const std::string& stateFolder) {
  return stateFolder + "/microvm.db";
}

bool isMaintenance(const Options& options) {
  return options.backupFile || options.restoreFile || options.isVerifying;
}

Result<std::string> runMaintenance(const Options& options) {
  setLogLevel(LogLevel::Warn);
  auto instance = Instance::claim(options);
  if (!instance) {
    if (instance.error().code == Errc::InUse) {
      instance.error().hint = "stop it first; microvmctl system backup and verify ask a daemon that runs";
    }
    return std::move(instance).error();
  }
  if (options.backupFile) return backUp(options);
  return options.restoreFile ? restore(options) : verify(options);
}

}  // namespace microvm
