// A VM as the daemon keeps it: the definition, what should be, what is.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/time.hpp"
#include "daemon/domain/definition.hpp"
#include "daemon/domain/definition/boxed.hpp"
#include "daemon/domain/stop_ladder.hpp"

namespace microvm {

enum class Desired { Stopped, Running };

/// What is. `Restarting`: nothing runs, and it is to be started again soon. `Broken`: its record or its files cannot be
/// read; nothing is done with it but delete.
enum class State { Stopped, Starting, Running, Paused, Stopping, Restarting, Broken };

/// Whether processes of the VM may be there.
bool isAlive(State state);

/// A step of a stop, and when it was taken.
struct RungTaken {
  Rung rung = Rung::PowerButton;
  Timestamp at{};
  bool operator==(const RungTaken&) const = default;
};

/// How a runner ended.
struct ExitRecord {
  std::optional<int> code;    ///< exit status, if it exited
  std::optional<int> signal;  ///< signal number, if one ended it
  Timestamp at{};
  std::string reason;       ///< one sentence: "the guest powered off", "vfkit exited with code 1: cannot open ..."
  bool isHostStop = false;  ///< its shim was told to end, as the host's shutdown does; not kept in the store
  std::vector<RungTaken> rungs = {};  ///< what its shim itself did to end it; not kept in the store
  bool operator==(const ExitRecord&) const = default;
};

/// What the restart policy remembers of a VM.
struct RestartHistory {
  std::vector<Timestamp> deaths;    ///< the latest ones, oldest first; cleared when somebody asks for a start
  std::optional<Timestamp> nextAt;  ///< State::Restarting: when the next start is due
  bool operator==(const RestartHistory&) const = default;
};

struct Vm {
  std::string id;     ///< UUID, for ever
  std::string runId;  ///< 8 hexadecimal digits: the name of its run folder, for ever
  Definition definition;
  Boxed<Definition> launched;    ///< what the present run was started with, where that differs
  std::uint64_t generation = 1;  ///< grows with every change of the definition
  Desired desired = Desired::Stopped;
  State state = State::Stopped;
  std::string reason;  ///< why it is in this state: "asked by user", "runner exited ...", what is broken
  Timestamp createdAt{};
  Timestamp updatedAt{};
  Timestamp stateSince{};
  std::optional<ExitRecord> lastExit;
  RestartHistory restarts;
  bool operator==(const Vm&) const = default;
};

/// "stopped", "starting", ...; the inverse gives nothing for any other text.
std::string_view toText(State state);
std::optional<State> parseState(std::string_view text);
std::string_view toText(Desired desired);
std::optional<Desired> parseDesired(std::string_view text);

}  // namespace microvm
