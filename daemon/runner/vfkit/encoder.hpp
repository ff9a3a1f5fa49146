// A definition as vfkit's command line. Pure text: no file is looked at.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

struct EncodeOptions {
  std::string program;      ///< absolute path of vfkit or vfkit-qemu
  std::string socketPath;   ///< absolute path of the REST socket to be; at most 103 bytes
  std::string emptyInitrd;  ///< absolute path of an empty cpio archive: vfkit wants an initrd even where there is none
};

/// The program and its arguments. Errc::Invalid, with a FieldError per member, for anything that vfkit would take for
/// something else: a comma in a device's value, NUL, no UTF-8, an interface without a MAC address (vfkit would give it
/// another one at every start). The log level is at least info, for the line that names the console's terminal.
Result<std::vector<std::string>> encodeCommandLine(const Definition& definition, const EncodeOptions& options);

}  // namespace microvm
