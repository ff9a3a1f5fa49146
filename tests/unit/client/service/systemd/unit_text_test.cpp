#include "client/service/systemd/unit_text.hpp"

#include <doctest/doctest.h>

using namespace microvm::service;

using Words = std::vector<std::string>;

TEST_CASE("plain words stay as they are") {
  CHECK(execLine({"/usr/bin/microvmd", "--state-dir", "/var/lib/microvm"}) ==
        "/usr/bin/microvmd --state-dir /var/lib/microvm");
}

TEST_CASE("what systemd would read otherwise is quoted or doubled") {
  CHECK(execLine({"/opt/my vms/microvmd", "a \"b\" c\\d"}) == R"("/opt/my vms/microvmd" "a \"b\" c\\d")");
  CHECK(execLine({"/opt/100%/microvmd", "$HOME", ""}) == R"(/opt/100%%/microvmd $$HOME "")");
  CHECK(execLine({"/opt/$x/microvmd", "'", "a;b"}) == R"(/opt/$x/microvmd "'" "a;b")");
  CHECK(execLine({"/a", "tab\there"}) == R"(/a "tab\x09here")");
}

TEST_CASE("a line is split into the words that it was made of") {
  for (const auto& words : {Words{"/a"}, Words{"/opt/my vms/microvmd", "--x", "", "a \"b\" c\\d", "'"},
                            Words{"/opt/100%/$x", "$HOME", "$$", "100%%", "%h"},
                            Words{"/a", "tab\there", "line\nbreak"}, Words{"/zo\xc3\xab", "\\x41"}}) {
    CHECK(splitExecLine(execLine(words)) == words);
  }
  CHECK(splitExecLine("").empty());
  CHECK(splitExecLine("  /a   'b c'  ") == Words{"/a", "b c"});
}

TEST_CASE("the value of a key is that of its section, and the last one") {
  const std::string unit =
      "# x\n[Unit]\nDescription=a\n\n[Service]\nExecStart=/a\n ExecStart = /b c \n[Install]\nExecStart=/d";

  CHECK(valueOf(unit, "Service", "ExecStart") == "/b c");
  CHECK(valueOf(unit, "Install", "ExecStart") == "/d");
  CHECK(valueOf(unit, "Unit", "ExecStart").empty());
  CHECK(valueOf("", "Service", "ExecStart").empty());
}

TEST_CASE("a path keeps its percent signs") {
  CHECK(plainValue("/run/100%/a b") == "/run/100%%/a b");
}
