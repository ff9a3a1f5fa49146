// vfkit's command line, as far as the stand-in needs it: nothing is checked, only found.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace microvm::scripted {

struct Arguments {
  unsigned long cpus = 1;
  unsigned long memoryMiB = 512;
  std::string kernel;
  std::string initrd;
  std::string cmdline;
  std::string restSocket;            ///< without unix://
  std::vector<std::string> devices;  ///< the texts as given
  bool version = false;
  bool probe = false;  ///< vfkit-qemu's: what a VM would get here
};

Arguments scanArguments(const std::vector<std::string>& argv);

/// Whether one of the devices is a virtio-serial with a pty.
bool hasPty(const Arguments& arguments);

/// What GET /vm/inspect answers.
nlohmann::ordered_json inspect(const Arguments& arguments, const std::string& ptyName);

}  // namespace microvm::scripted
