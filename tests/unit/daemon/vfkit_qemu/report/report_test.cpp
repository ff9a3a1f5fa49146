#include "daemon/vfkit_qemu/report/report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "api/core/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

/// What is written on standard error while this lives.
class StandardError {
public:
  StandardError() : saved_(::dup(STDERR_FILENO)) {
    const UniqueFd file(::open((folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ::dup2(file.get(), STDERR_FILENO);
  }
  ~StandardError() { ::dup2(saved_.get(), STDERR_FILENO); }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  [[nodiscard]] std::string text() const { return test::readText(folder_ / "err"); }

private:
  test::TempDir folder_;
  UniqueFd saved_;
};

std::string saidAt(vfkit::Verbosity verbosity) {
  const StandardError captured;
  const Log log(verbosity);
  log.debug("d");
  log.info("i");
  log.warn("w");
  log.fatal("f");
  std::string levels;
  const std::string text = captured.text();
  for (std::size_t at = text.find("msg="); at != std::string::npos; at = text.find("msg=", at + 1))
    levels += text[at + 4];
  return levels;
}

}  // namespace

TEST_CASE("a line has the form of logrus in a file") {
  CHECK(logLine("T", "info", "virtual machine is running") ==
        R"(time="T" level=info msg="virtual machine is running")");
  CHECK(logLine("T", "info", "plain-word_1./@^+") == R"(time="T" level=info msg=plain-word_1./@^+)");
  CHECK(logLine("T", "warning", "say \"x\"\n") == R"(time="T" level=warning msg="say \"x\"\n")");
}

TEST_CASE("the terminal's name is told in the words that vfkit has for it") {
  CHECK(logLine("T", "info", "Using PTY (pty path: /dev/pts/3)") ==
        "time=\"T\" level=info msg=\"Using PTY (pty path: /dev/pts/3)\"");
}

TEST_CASE("each verbosity lets through what is grave enough") {
  CHECK(saidAt(vfkit::Verbosity::Error) == "f");
  CHECK(saidAt(vfkit::Verbosity::Info) == "iwf");
  CHECK(saidAt(vfkit::Verbosity::Debug) == "diwf");
}

TEST_CASE("a failure is told first and last, with the usage between") {
  const StandardError captured;

  reportFailure("no kernel");

  const std::string text = captured.text();
  CHECK(text.starts_with("Error: no kernel\nUsage:\n"));
  CHECK(text.ends_with("\nno kernel\n"));
}

TEST_CASE("the version can be read as one of vfkit") {
  CHECK(versionLine().starts_with("vfkit version: v0.6.4 (vfkit-qemu "));
}
