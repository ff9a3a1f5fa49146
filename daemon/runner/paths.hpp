// The files of one VM at run time and for keeps. Only text, no effects.
#pragma once
#include <string>

namespace microvm {

struct VmPaths {
  std::string runFolder;    ///< <run>/<8 hex>, mode 0700, short enough for every socket in it
  std::string stateFolder;  ///< <state>/vms/<id>
  [[nodiscard]] std::string lock() const { return runFolder + "/lock"; }                ///< flock held = the VM runs
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
};

}  // namespace microvm
