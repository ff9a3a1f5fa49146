#include "daemon/vfkit_qemu/rest/routes.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "tests/support/coroutines/run_task.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;
using test::runTask;

// The answers to the bytes of every request are in tests/contract/vfkit_rest_test.cpp.

namespace {

class FakeMachine : public Machine {
public:
  explicit FakeMachine(Result<void> outcome = {}) : outcome_(std::move(outcome)) {}

  [[nodiscard]] MachineState state() const override { return MachineState::Running; }
  [[nodiscard]] std::string inspect() const override { return "{}"; }
  Task<void> change(Change change) override {
    changes.push_back(change);
    co_return outcome_;
  }

  std::vector<Change> changes;

private:
  Result<void> outcome_;
};

Result<http::Response> post(Machine& machine, const std::string& state) {
  net::io_context context{1};
  http::Request request;
  request.method = "POST";
  request.target = "/vm/state?ignored=1";
  request.body = "{\"state\":\"" + state + "\"}";
  return runTask(context, answer(machine, std::move(request)));
}

}  // namespace

TEST_CASE("each change is asked of the machine by its name") {
  FakeMachine machine;

  for (const auto* name : {"Pause", "Resume", "Stop", "HardStop"})
    (void)post(machine, name).has_value();

  // A running machine is not resumed.
  CHECK(machine.changes == std::vector{Change::Pause, Change::Stop, Change::HardStop});
}

TEST_CASE("what the machine says against a change goes to the client") {
  FakeMachine machine(Error{Errc::RunnerFailed, "the disk is \"full\"", {}, {}});

  const auto answered = post(machine, "Pause");

  REQUIRE(answered);
  CHECK(answered->status == 500);
  CHECK(answered->body == R"({"error":"the disk is \"full\""})");
}

TEST_CASE("a machine that is cut off answers nothing") {
  FakeMachine machine(Error{Errc::Cancelled, "gone", {}, {}});

  const auto answered = post(machine, "HardStop");

  REQUIRE_FALSE(answered);
  CHECK(answered.error().code == Errc::Cancelled);
}
