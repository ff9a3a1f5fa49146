#include "daemon/shim/gate/gate.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include "api/core/unique_fd.hpp"
#include "daemon/process/descriptor.hpp"

namespace microvm {
namespace {

constexpr int kFirstFd = 3;
constexpr int kNoProgram = 127;

/// Beyond all that the program inherits.
int freeNumber(const std::vector<InheritedFd>& inherited) {
  int free = kFirstFd;
  for (const auto& each : inherited)
    free = std::max(free, each.target + 1);
  return free;
}

ssize_t readFully(int fd, void* to, std::size_t size) {
  ssize_t got = 0;
  do {
    got = ::read(fd, to, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

Result<GatedChild> GatedChild::start(SpawnOptions options, const std::string& gatekeeper) {
  auto gate = makePipe();
  if (!gate) return std::move(gate).error();
  auto outcome = makePipe();
  if (!outcome) return std::move(outcome).error();
  auto program = std::exchange(options.program, gatekeeper);
  const int number = freeNumber(options.descriptors);
  options.arguments.front() = program;  // its own name for itself is its path
  options.arguments.insert(options.arguments.begin(),
                           {gatekeeper, std::string(kGateWord), std::to_string(number), std::to_string(number + 1)});
  options.descriptors.push_back({gate->read.get(), number});
  options.descriptors.push_back({outcome->write.get(), number + 1});
  auto child = spawn(options);
  if (!child) return std::move(child).error();
  return GatedChild(std::move(program), std::move(*child), std::move(gate->write), std::move(outcome->read));
}

Result<Child> GatedChild::open() && {
  const char word = 1;
  ssize_t written = 0;
  do {
    written = ::write(gate_.get(), &word, 1);
  } while (written < 0 && errno == EINTR);
  if (written != 1) return systemError("cannot start " + program_, errno);
  int error = 0;
  const auto got = readFully(outcome_.get(), &error, sizeof error);
  if (got == 0) return std::move(child_);  // closed by its exec
  if (got < 0) return systemError("cannot start " + program_, errno);
  return systemError("cannot start " + program_, error);
}

int keepGate(char** words) {
  const int gate = std::atoi(words[0]);
  const int outcome = std::atoi(words[1]);
  char word = 0;
  if (readFully(gate, &word, 1) != 1) return 0;
  ::close(gate);
  (void)setCloseOnExec(outcome);
  ::execv(words[2], words + 2);
  const int error = errno;
  (void)!::write(outcome, &error, sizeof error);
  return kNoProgram;
}

}  // namespace microvm
