#include "client/cli/output/advice.hpp"

#include <doctest/doctest.h>

using namespace microvm::cli;

TEST_CASE("only what can be typed is something to try") {
  CHECK(adviceText("microvmctl start web") == "Try: microvmctl start web");
  CHECK(adviceText("kill 12, then this again") == "Try: kill 12, then this again");
  CHECK(adviceText("--user \"$SUDO_USER\"") == "Try: --user \"$SUDO_USER\"");
  CHECK(adviceText("this shell has no systemd of the user: log in directly") ==
        "This shell has no systemd of the user: log in directly");
  CHECK(adviceText("killing it helps") == "Killing it helps");
  CHECK(adviceText("/dev/kvm is missing") == "/dev/kvm is missing");
  CHECK(adviceText("") == "");
}
