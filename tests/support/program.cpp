#include "tests/support/program.hpp"

#include <cstdlib>
#include <fcntl.h>

#include "daemon/process/exit_watcher.hpp"

namespace microvm::test {
namespace {

UniqueFd openFile(const std::string& path, int flags) {
  return UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

Child start(const TempDir& folder, const std::string& path, std::vector<std::string> arguments,
            const Program::Options& options) {
  folder.write("in", options.input);
  const auto in = openFile(folder / "in", O_RDONLY);
  const auto out = openFile(folder / "out", O_WRONLY | O_CREAT | O_APPEND);
  const auto err = openFile(folder / "err", O_WRONLY | O_CREAT | O_APPEND);
  SpawnOptions spawning;
  spawning.program = path;
  spawning.arguments = std::move(arguments);
  spawning.arguments.insert(spawning.arguments.begin(), path);
  spawning.environment = options.environment;
  spawning.environment.push_back("HOME=" + folder.path());
  for (const auto* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const auto* value = std::getenv(name)) spawning.environment.push_back(std::string(name) + "=" + value);
  }
  spawning.descriptors = {{in.get(), 0}, {out.get(), 1}, {err.get(), 2}};
  return must(spawn(spawning));
}

}  // namespace

std::string builtProgram(const std::string& name) {
  const auto* folder = std::getenv("MICROVM_BIN");
  if (folder == nullptr) throw std::runtime_error("MICROVM_BIN is not set: run the tests with ctest");
  return std::string(folder) + "/" + name;
}

Program::Program(const std::string& path, std::vector<std::string> arguments, Options options)
    : child_(start(folder_, path, std::move(arguments), options)) {}

void Program::signal(int number) const {
  must(child_.signal(number));
}

ProgramResult Program::finish(Milliseconds limit) {
  const auto watcher = must(ExitWatcher::forChild(child_.pid()));
  if (!waitReadable(watcher.fd(), limit))
    throw std::runtime_error("the program has not ended in time; stderr: " + errSoFar());
  const auto status = must(child_.reap());
  return {status.code, status.signal, outSoFar(), errSoFar()};
}

ProgramResult runProgram(const std::string& path, std::vector<std::string> arguments, Program::Options options) {
  Program program(path, std::move(arguments), std::move(options));
  return program.finish();
}

}  // namespace microvm::test
