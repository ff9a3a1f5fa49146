#include <csignal>
#include <string>
#include <vector>

#include "client/cli/app.hpp"
#include "client/cli/commands/commands.hpp"

int main(int argc, char** argv) {
  // A reader that goes away ends the output, not the program: a terminal may have to be restored.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto table = microvm::cli::commandTable();
  const auto code =
      microvm::cli::runCommandLine(table, words, microvm::cli::Streams{}, microvm::cli::processEnvironment);
  return static_cast<int>(code);
}
