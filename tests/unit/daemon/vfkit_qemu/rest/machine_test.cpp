#include "daemon/vfkit_qemu/rest/machine.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace microvm::vfkit_qemu;

namespace {

struct Row {
  MachineState state;
  std::string name;
  std::string allowed;  ///< of H(ardStop) P(ause) R(esume) S(top), and B(egin)
};

const std::vector<Row> kStates{{MachineState::Stopped, "Stopped", "B"},   {MachineState::Running, "Running", "HPS"},
                               {MachineState::Paused, "Paused", "HR"},    {MachineState::Error, "Error", "B"},
                               {MachineState::Starting, "Starting", "H"}, {MachineState::Pausing, "Pausing", "H"},
                               {MachineState::Resuming, "Resuming", "H"}, {MachineState::Stopping, "Stopping", "H"}};

std::string truth(const Row& row, char what) {
  return row.allowed.find(what) == std::string::npos ? "false" : "true";
}

}  // namespace

TEST_CASE("each state is told with its name and what is allowed in it") {
  for (const Row& row : kStates) {
    CHECK(stateText(row.state) == "{\"canHardStop\":" + truth(row, 'H') + ",\"canPause\":" + truth(row, 'P') +
                                      ",\"canResume\":" + truth(row, 'R') + ",\"canStart\":" + truth(row, 'B') +
                                      ",\"canStop\":" + truth(row, 'S') + ",\"state\":\"VirtualMachineState" +
                                      row.name + "\"}");
  }
}

TEST_CASE("what the answer allows is what is done") {
  for (const Row& row : kStates) {
    CHECK(isAllowed(Change::HardStop, row.state) == (truth(row, 'H') == "true"));
    CHECK(isAllowed(Change::Pause, row.state) == (truth(row, 'P') == "true"));
    CHECK(isAllowed(Change::Resume, row.state) == (truth(row, 'R') == "true"));
    CHECK(isAllowed(Change::Stop, row.state) == (truth(row, 'S') == "true"));
  }
}

TEST_CASE("a refusal has the framework's form, over several lines") {
  CHECK(refusalText(Change::Stop, MachineState::Paused) ==
        "Error Domain=VZErrorDomain Code=4 Description=\"Invalid virtual machine state transition. Transition from "
        "state \"paused\" to state \"requesting stop\" is invalid.\" UserInfo={\n    NSLocalizedFailure = \"Invalid "
        "virtual machine state transition.\";\n    NSLocalizedFailureReason = \"Transition from state \"paused\" to "
        "state \"requesting stop\" is invalid.\";\n}");
}
