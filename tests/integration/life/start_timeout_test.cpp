// Runners that never say that their guest runs: given up together, because each takes its whole time.
#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"

using namespace microvm::test;

TEST_CASE("runners that never become ready are killed and their VMs stopped with the reason") {
  const Daemon daemon;
  daemon.script({{{"cmdline", "vm=never"}, {"runningAfter", nullptr}},
                 {{"cmdline", "vm=hang"}, {"rest", "hang"}},
                 {{"cmdline", "vm=garbage"}, {"rest", "garbage"}},
                 {{"cmdline", "vm=half"}, {"rest", "half"}},
                 {{"cmdline", "vm=huge"}, {"rest", "huge"}},
                 {{"cmdline", "vm=close"}, {"rest", "close"}},
                 {{"cmdline", "vm=none"}, {"rest", "none"}}});
  const std::vector<std::string> names{"never", "hang", "garbage", "half", "huge", "close", "none"};
  for (const auto& name : names)
    daemon.create(name);

  for (const auto& name : names)
    CHECK(daemon.api().post("/v1/vms/" + name + "/start").status == 202);

  for (const auto& name : names) {
    CAPTURE(name);
    const auto vm = daemon.api().get("/v1/vms/" + name + "/wait?for=stopped&timeout=40s").json();
    CHECK(vm.at("status").at("state") == "stopped");
    CHECK(vm.at("status").at("reason").get<std::string>().find("did not report a running guest") != std::string::npos);
    CHECK(vm.at("status").at("lastExit").at("signal") == 9);
  }
  CHECK(processesNaming(daemon.runFolder() + "/").empty());
}
