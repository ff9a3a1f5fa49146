// A definition as a runner's command line. Pure text: no file is looked at and none is made.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "daemon/domain/capabilities/target.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

struct EncodeOptions {
  std::string program;            ///< absolute path of the runner
  std::string runFolder;          ///< absolute, only [A-Za-z0-9._/-]: sockets, links and the empty initrd are in it
  std::string socketPath;         ///< of the REST socket to be; at most 103 bytes
  std::string variableStore;      ///< where the firmware's variables are when the definition names no place
  bool hasVariableStore = false;  ///< the store is there: it must not be made anew, which would empty it
  RunnerTarget target = {};
};

/// A symbolic link that must be there before the runner starts. It has a name that the runner reads as it is meant.
struct Link {
  std::string path;
  std::string target;
  bool operator==(const Link&) const = default;
};

struct EncodedCommand {
  std::vector<std::string> words;  ///< the program first
  std::vector<Link> links;         ///< all below EncodeOptions::runFolder + "/links"
  std::vector<std::string> binds;  ///< sockets that the runner makes, and must not find there
  std::string emptyInitrd;         ///< where an empty cpio archive must be; empty when none is needed
};

/// Errc::Invalid, with a FieldError per member, for anything that the runner would take for something else and that no
/// link can help: a comma in a tag, NUL, no UTF-8, an interface without a MAC address (it would get another one at
/// every start). The log level is at least info, for the line that names the console's terminal. What the runner cannot
/// do at all is daemon/domain/capabilities' matter.
Result<EncodedCommand> encodeCommandLine(const Definition& definition, const EncodeOptions& options);

/// Where the firmware's variables of an EFI guest are.
std::string variableStoreOf(const EfiBoot& boot, const EncodeOptions& options);

}  // namespace microvm
