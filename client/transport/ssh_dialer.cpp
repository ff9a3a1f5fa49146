#include "client/transport/ssh_dialer.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"

extern char** environ;

namespace microvm::client {
namespace {

/// The whole of it: agents and terminals are found by variables.
std::vector<std::string> ownEnvironment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry)
    variables.emplace_back(*entry);
  return variables;
}

}  // namespace

std::vector<std::string> sshArguments(const SshDestination& destination) {
  std::vector<std::string> words{destination.program, "-T"};
  if (destination.port) words.insert(words.end(), {"-p", std::to_string(*destination.port)});
  if (!destination.user.empty()) words.insert(words.end(), {"-l", destination.user});
  words.insert(words.end(), {"--", destination.host, "microvmctl system dial-stdio"});
  return words;
}

Result<UniqueFd> SshDialer::dial() {
  const auto program = findProgram(destination_.program);
  if (!program) return program.error();
  auto pair = makeSocketPair();
  if (!pair) return std::move(pair).error();
  if (auto set = setNonBlocking(pair->ours.get()); !set) return std::move(set).error();
  SpawnOptions options;
  options.program = *program;
  options.arguments = sshArguments(destination_);
  options.environment = ownEnvironment();
  options.descriptors = {{pair->theirs.get(), 0}, {pair->theirs.get(), 1}, {STDERR_FILENO, STDERR_FILENO}};
  auto child = spawn(options);
  if (!child) return std::move(child).error();
  std::erase_if(children_, [](Child& each) { return each.tryReap().has_value(); });
  children_.push_back(std::move(*child));
  return std::move(pair->ours);
}

}  // namespace microvm::client
