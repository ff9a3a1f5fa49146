// The files of one VM at run time and for keeps. Only text, no effects.
#pragma once
#include <string>

namespace microvm {

struct VmPaths {
  std::string runFolder;    ///< <run>/<8 hex>, mode 0700, short enough for every socket in it
  std::string stateFolder;  ///< <state>/vms/<id>
  std::string home = {};    ///< where its next run is to be; empty: in the same run folder
  [[nodiscard]] std::string lock() const { return runFolder + "/lock"; }                ///< flock held = the VM runs
  [[nodiscard]] std::string lastingLock() const { return stateFolder + "/lock"; }       ///< held together with it
  [[nodiscard]] std::string shimSocket() const { return runFolder + "/shim.sock"; }     ///< the shim's control socket
  [[nodiscard]] std::string runnerSocket() const { return runFolder + "/vfkit.sock"; }  ///< the runner's REST socket
  [[nodiscard]] std::string exitFile() const { return runFolder + "/exit.json"; }       ///< how the last runner ended
  [[nodiscard]] std::string recordFile() const { return stateFolder + "/vm.json"; }
  [[nodiscard]] std::string deletedFile() const { return stateFolder + "/deleted.json"; }  ///< vm.json of a deleted VM
  [[nodiscard]] std::string consoleFolder() const { return stateFolder + "/console"; }
  [[nodiscard]] std::string variableStore() const { return stateFolder + "/efi.vars"; }  ///< unless named elsewhere
  [[nodiscard]] std::string runnerLog() const {
    return stateFolder + "/runner.log";
  }  ///< the runner's standard error, capped
  /// Those of the next run.
  [[nodiscard]] VmPaths next() const { return {home.empty() ? runFolder : home, stateFolder, ""}; }
};

}  // namespace microvm
