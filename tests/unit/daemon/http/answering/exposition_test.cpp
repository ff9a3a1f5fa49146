#include "daemon/http/answering/exposition.hpp"

#include <doctest/doctest.h>

using namespace microvm::http;

TEST_CASE("figures are written as Prometheus reads them") {
  Exposition exposition;

  exposition.family("microvm_vms", Exposition::Kind::Gauge, "VMs by state.");
  exposition.sample(2, {{"state", "running"}}).sample(0.5, {{"a", "x\"y\\z\n"}, {"b", ""}});
  exposition.family("microvm_events_total", Exposition::Kind::Counter, "Events.").sample(12345678901.0);

  CHECK(exposition.text() ==
        "# HELP microvm_vms VMs by state.\n"
        "# TYPE microvm_vms gauge\n"
        "microvm_vms{state=\"running\"} 2\n"
        "microvm_vms{a=\"x\\\"y\\\\z\\n\",b=\"\"} 0.5\n"
        "# HELP microvm_events_total Events.\n"
        "# TYPE microvm_events_total counter\n"
        "microvm_events_total 12345678901\n");
}
