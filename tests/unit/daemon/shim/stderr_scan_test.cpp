#include "daemon/shim/stderr_scan.hpp"

#include <doctest/doctest.h>

using namespace microvm::shim;

TEST_CASE("the terminal's name is found however the bytes are cut") {
  const std::string text = "x\ntime=\"now\" level=info msg=\"Using PTY (pty path: /dev/ttys003)\"\nmore\n";
  StderrScan scan;

  for (const char c : text)
    scan.append(std::string(1, c));

  CHECK(scan.terminal() == "/dev/ttys003");
}

TEST_CASE("the first terminal counts, and only an absolute path is one") {
  StderrScan scan;
  scan.append("pty path: relative)\npty path: /dev/pts/1)\npty path: /dev/pts/2)\n");

  CHECK(scan.terminal() == "/dev/pts/1");
}

TEST_CASE("a name that is not whole yet is not used") {
  StderrScan scan;
  scan.append("msg=\"Using PTY (pty path: /dev/pt");
  CHECK(scan.terminal().empty());

  scan.append("s/12)\"\n");

  CHECK(scan.terminal() == "/dev/pts/12");
}

TEST_CASE("the last error is the last text, whatever its form") {
  const auto last = [](const char* text) {
    StderrScan scan;
    scan.append(text);
    return scan.lastError();
  };

  CHECK(last("").empty());
  CHECK(last("Error: no disk\nUsage:\n  vfkit [flags]\n\nno disk\n") == "no disk");
  CHECK(last("no newline at the end") == "no newline at the end");
  CHECK(last("time=\"t\" level=fatal msg=\"bind: \\\"x\\\" in use\"\n") == "bind: \"x\" in use");
  CHECK(last("Error: only this\n") == "only this");
  CHECK(last("Error Domain=VZErrorDomain Code=2 UserInfo={\n    Reason = bad;\n}\n") ==
        "Error Domain=VZErrorDomain Code=2 UserInfo={");
}

TEST_CASE("an endless line costs no memory and is cut") {
  StderrScan scan;
  for (int i = 0; i < 100; ++i)
    scan.append(std::string(1000, 'x'));
  scan.append("\n");

  CHECK(scan.lastError().size() == 4096);
}
