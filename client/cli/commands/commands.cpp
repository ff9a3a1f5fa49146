#include "client/cli/commands/commands.hpp"

#include <array>

#include "client/cli/commands/actions/action_commands.hpp"
#include "client/cli/commands/changes/change_commands.hpp"
#include "client/cli/commands/console/console_commands.hpp"
#include "client/cli/commands/offline/offline_commands.hpp"
#include "client/cli/commands/operations/operation_commands.hpp"
#include "client/cli/commands/remote/remote_commands.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/commands/shell/shell_commands.hpp"
#include "client/cli/commands/vms/vm_commands.hpp"

namespace microvm::cli {

CommandTable commandTable() {
  static const std::array kTable{
      &createCommand(),   &applyCommand(),      &setCommand(),       &editCommand(),       &renameCommand(),
      &cloneCommand(),    &protectCommand(),    &unprotectCommand(), &startCommand(),      &stopCommand(),
      &restartCommand(),  &killCommand(),       &pauseCommand(),     &resumeCommand(),     &deleteCommand(),
      &listCommand(),     &inspectCommand(),    &waitCommand(),      &consoleCommand(),    &logsCommand(),
      &replayCommand(),   &postmortemCommand(), &eventsCommand(),    &opCommand(),         &capabilitiesCommand(),
      &validateCommand(), &renderCommand(),     &tokenCommand(),     &serviceCommand(),    &systemCommand(),
      &versionCommand(),  &doctorCommand(),     &apiCommand(),       &completionCommand(), &helpCommand(),
  };
  return kTable;
}

}  // namespace microvm::cli
