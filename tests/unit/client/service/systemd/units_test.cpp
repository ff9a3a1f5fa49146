#include "client/service/systemd/units.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

#include "client/service/systemd/unit_text.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::service;

namespace {

/// The units that the package ships are what the generator makes: one source, and a golden file for each.
std::string packaged(const std::string& name) {
  auto text = microvm::test::readText(std::string(std::getenv("MICROVM_SOURCE")) + "/packaging/systemd/" + name);
  REQUIRE_FALSE(text.empty());
  return text;
}

Job userJob() {
  Job job;
  job.program = "/usr/bin/microvmd";
  job.socket = "/run/user/1000/microvm/api.sock";
  return job;
}

Job systemJob() {
  Job job;
  job.reach = Reach::System;
  job.user = "microvm";
  job.program = "/usr/bin/microvmd";
  job.arguments = {"--state-dir", "/var/lib/microvm", "--run-dir", "/run/microvm"};
  job.socket = "/run/microvm/api.sock";
  return job;
}

}  // namespace

TEST_CASE("the units of a user are those of the package") {
  CHECK(serviceUnit(userJob()) == packaged("user/microvmd.service"));
  CHECK(socketUnit(userJob()) == packaged("user/microvmd.socket"));
}

TEST_CASE("the units of the system are those of the package") {
  CHECK(serviceUnit(systemJob()) == packaged("system/microvmd.service"));
  CHECK(socketUnit(systemJob()) == packaged("system/microvmd.socket"));
}

TEST_CASE("a VM survives whatever ends the daemon") {
  for (const auto& unit : {serviceUnit(userJob()), serviceUnit(systemJob())}) {
    CHECK(valueOf(unit, "Service", "KillMode") == "process");
    CHECK(valueOf(unit, "Service", "OOMPolicy") == "continue");
    // A delegated cgroup with survivors in it cannot be entered again.
    CHECK(valueOf(unit, "Service", "Delegate").empty());
    CHECK(valueOf(unit, "Service", "PrivateTmp").empty());
  }
  CHECK(valueOf(serviceUnit(systemJob()), "Service", "RuntimeDirectoryPreserve") == "yes");
}

TEST_CASE("a program in a folder with blanks is started all the same") {
  auto job = userJob();
  job.program = "/opt/my vms/100%/microvmd";

  const auto line = valueOf(serviceUnit(job), "Service", "ExecStart");

  CHECK(line == R"("/opt/my vms/100%%/microvmd")");
  CHECK(splitExecLine(line) == std::vector<std::string>{job.program});
}
