// When the change of a member of a definition takes effect.
#pragma once
#include <string_view>

namespace microvm {

enum class ChangeEffect {
  Live,      ///< at once, whether the VM runs or not
  Restart,   ///< at the next start; while the VM runs it goes on with what it was started with
  Recreate,  ///< only for what is made anew: the file system of an image that is there stays as it is
};

/// By the member's JSON pointer in the API's form, "/spec/volumes/0/fsType". A member that no row of the table names
/// has to do with the runner's command line: Restart.
ChangeEffect effectOfChange(std::string_view pointer);

/// "live", "restart" or "recreate".
std::string_view toText(ChangeEffect effect);

}  // namespace microvm
