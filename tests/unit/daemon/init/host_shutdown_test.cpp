#include "daemon/init/host_shutdown.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
using test::readText;
using test::TempDir;

namespace {

/// A systemctl of the test's own, first in PATH.
class Systemctl {
public:
  Systemctl(const std::string& says, int code) {
    const auto path = folder_.write("systemctl", "#!/bin/sh\necho \"$@\" >" + (folder_ / "asked") + "\necho " + says +
                                                     "\nexit " + std::to_string(code) + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    ::setenv("PATH", (folder_.path() + ":" + before_).c_str(), 1);
  }
  ~Systemctl() { ::setenv("PATH", before_.c_str(), 1); }
  Systemctl(const Systemctl&) = delete;
  Systemctl& operator=(const Systemctl&) = delete;

  [[nodiscard]] std::string asked() const { return readText(folder_ / "asked"); }

private:
  TempDir folder_;
  std::string before_ = std::getenv("PATH");
};

bool stopping(std::map<std::string, std::string> variables) {
  return hostIsStopping([variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

}  // namespace

TEST_CASE("systemd that shuts down says so, with an exit code of 1") {
  const Systemctl systemctl("stopping", 1);

  CHECK(stopping({{"NOTIFY_SOCKET", "/run/systemd/notify"}}));
  CHECK(systemctl.asked() == "is-system-running\n");
}

TEST_CASE("a user's own systemd is asked by its service") {
  const Systemctl systemctl("stopping", 1);

  CHECK(stopping({{"NOTIFY_SOCKET", "/run/user/1000/systemd/notify"}, {"MANAGERPID", "812"}}));
  CHECK(systemctl.asked() == "--user is-system-running\n");
}

TEST_CASE("a service that is stopped alone is not the end of the host") {
  for (const auto* state : {"running", "degraded", "starting", "offline", "unknown"}) {
    const Systemctl systemctl(state, 1);
    CHECK_FALSE(stopping({{"NOTIFY_SOCKET", "/run/systemd/notify"}}));
  }
}

TEST_CASE("a daemon that was started by hand asks nobody") {
  const Systemctl systemctl("stopping", 1);

  CHECK_FALSE(stopping({}));
  CHECK(systemctl.asked().empty());
}
