#include "client/cli/doctor/daemon_checks.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;

namespace {

Subject alone() {
  Subject subject = goodSubject(Platform::Linux);
  subject.daemon.reset();
  subject.daemonProblem = "cannot reach the daemon on /run/me/api.sock: connection refused";
  return subject;
}

}  // namespace

TEST_CASE("a daemon that answers is named with its socket and process") {
  CHECK(textOf(checkDaemon(goodLinux(), goodSubject(Platform::Linux))) ==
        "ok: microvmd answers on /run/me/api.sock (process 7)");
}

TEST_CASE("a daemon that does not answer is an error with how to start one") {
  const auto finding = checkDaemon(goodLinux(), alone());

  CHECK(begins(finding, "error: cannot reach the daemon on /run/me/api.sock: connection refused"));
  CHECK(finding->fix.starts_with("microvmctl service install"));
}

TEST_CASE("a daemon that has lost its database answers, and yet is an error, with the way out") {
  Subject subject = goodSubject(Platform::Linux);
  CHECK(textOf(checkReadiness(goodLinux(), subject)) == "ok: microvmd has its database and knows its VMs");

  subject.unready =
      Error{Errc::Unavailable, "the database file /state/microvmd.db was removed", "restart microvmd", {}};
  const auto finding = checkReadiness(goodLinux(), subject);

  CHECK(begins(finding, "error: the database file /state/microvmd.db was removed"));
  CHECK(finding->fix == "restart microvmd");
  CHECK(textOf(checkReadiness(goodLinux(), alone())) == "nothing");
}

TEST_CASE("client and daemon are of one version, or of two") {
  Subject subject = goodSubject(Platform::Linux);
  CHECK(textOf(checkVersions(goodLinux(), subject)) == "ok: microvmctl and microvmd are 0.1.0");

  subject.daemon->version = "0.0.9";
  CHECK(begins(checkVersions(goodLinux(), subject), "warning: microvmctl is 0.1.0, microvmd is 0.0.9"));
  CHECK(textOf(checkVersions(goodLinux(), alone())) == "nothing");
}

TEST_CASE("a service that runs is named with what it runs") {
  CHECK(textOf(checkService(goodLinux(), alone())) == "ok: systemd --user keeps /opt/bin/microvmd running");
}

TEST_CASE("a service that is not set up, or whose manager is away, is told") {
  PaperHost host = goodLinux();
  host.manager = Error{Errc::Unavailable, "there is no systemd", {}, {}};
  CHECK(begins(checkService(host, alone()), "info: the service manager does not tell: there is no systemd"));

  service::Status none;
  none.where = "systemd --user";
  host.manager = none;
  CHECK(textOf(checkService(host, alone())) ==
        "info: microvmd is no service of systemd --user | It runs only as long as somebody keeps it running. | "
        "microvmctl service install");
}

TEST_CASE("a service that is disabled is a warning, one whose program moved an error") {
  PaperHost host = goodLinux();
  service::Status status = goodService();
  status.enabled = false;
  status.problems = {"it is not enabled"};
  host.manager = status;
  CHECK(begins(checkService(host, alone()), "warning: the service /units/microvmd.service: it is not enabled"));

  status.problems = {"its program cannot be started: /old/microvmd", "it is not enabled"};
  status.isForeign = true;
  host.manager = status;
  CHECK(textOf(checkService(host, alone())) ==
        "error: the service /units/microvmd.service: its program cannot be started: /old/microvmd; it is not enabled | "
        "The daemon will not be there after the next login or boot. | microvmctl service install --force");
}

TEST_CASE("a service that was stopped or has failed comes with how to start it") {
  PaperHost host = goodLinux();
  service::Status status = goodService();
  status.active = false;
  status.state = "failed (failed)";
  host.manager = status;

  CHECK(textOf(checkService(host, alone())).ends_with("| microvmctl service start"));
}
