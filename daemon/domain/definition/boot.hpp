// What a VM boots.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace microvm {

struct LinuxBoot {
  std::string kernel;                 ///< absolute path
  std::optional<std::string> initrd;  ///< absolute path
  std::vector<std::string> cmdline;   ///< kernel parameters; a console is put in front when none names one
  bool operator==(const LinuxBoot&) const = default;
};

struct EfiBoot {
  /// Absolute path of the firmware's variables, made at the first start; the VM's own folder keeps them when empty.
  std::string variableStore;
  bool operator==(const EfiBoot&) const = default;
};

using Boot = std::variant<LinuxBoot, EfiBoot>;

}  // namespace microvm
