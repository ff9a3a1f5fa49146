// Runs the real microvm-shim with the runner made for tests.
#pragma once
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/async/timing.hpp"
#include "daemon/shim/client/shims.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm {

class Harness {
public:
  Harness() {
    const char* bin = std::getenv("MICROVM_BIN");
    if (bin == nullptr) throw std::runtime_error("MICROVM_BIN is not set");
    bin_ = bin;
    paths.runFolder = folder.path() + "/run";
    paths.stateFolder = folder.path() + "/state";
    shims = makeShims(context.get_executor(), bin_ + "/microvm-shim");
  }
  /// No runner outlives its test, whatever the test did.
  ~Harness() {
    if (shims->isHeld(paths).value_or(false)) (void)run(shims->kill(paths));
    if (shims->isHeld(paths).value_or(false)) (void)run(shims->waitForExit(paths));
  }

  /// The result of a task that is done within 20 seconds.
  template <class T>
  Result<T> run(Task<T> task) {
    std::optional<Result<T>> result;
    net::co_spawn(context, std::move(task), [&](const std::exception_ptr& thrown, Result<T> value) {
      if (!thrown) result = std::move(value);
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    context.restart();
    while (!result && std::chrono::steady_clock::now() < deadline)
      context.run_one_for(std::chrono::seconds(1));
    if (!result) return Error{Errc::Timeout, "the test's task did not end", {}, {}};
    return std::move(*result);
  }

  Argv runner(std::vector<std::string> steps) const {
    steps.insert(steps.begin(), bin_ + "/console-runner");
    return steps;
  }

  Result<ShimStatus> launch(std::vector<std::string> steps, ConsoleSettings console = {}) {
    return run(shims->launch("test", paths, runner(std::move(steps)), console));
  }

  /// Reads until `text` is seen or the console ends; what was read.
  std::string readUntil(ConsoleStream& stream, const std::string& text) {
    std::string seen;
    while (text.empty() || seen.find(text) == std::string::npos) {
      auto chunk = run(stream.read());
      if (!chunk || chunk->isEnd()) break;
      seen += chunk->bytes;
    }
    return seen;
  }

  /// The next chunk with bytes, or the end.
  Result<ConsoleStream::Chunk> readChunk(ConsoleStream& stream) {
    while (true) {
      auto chunk = run(stream.read());
      if (!chunk || chunk->isEnd() || !chunk->bytes.empty()) return chunk;
    }
  }

  static ConsoleAttach attachment(ConsoleMode mode, std::optional<std::uint64_t> offset) {
    ConsoleAttach attach;
    attach.mode = mode;
    attach.offset = offset;
    return attach;
  }

  net::io_context context;
  test::TempDir folder;
  VmPaths paths;
  std::unique_ptr<Shims> shims;

private:
  std::string bin_;
};

}  // namespace microvm
