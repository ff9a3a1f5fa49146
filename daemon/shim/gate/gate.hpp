// Starting a program in two steps: first there is its process, which can be written down, and only then it is the
// program. Whoever is killed between the two leaves nothing behind.
#pragma once
#include <string>
#include <string_view>

#include "api/core/unique_fd.hpp"
#include "daemon/process/spawn.hpp"

namespace microvm {

/// The first argument of a program that is to call keepGate().
inline constexpr std::string_view kGateWord = "--gate";

class GatedChild {
public:
  /// Starts `gatekeeper`, a program that calls keepGate(). The options are those of the program that it will be.
  static Result<GatedChild> start(SpawnOptions options, const std::string& gatekeeper);

  [[nodiscard]] const Child& child() const { return child_; }
  /// Lets it become the program: the same process, the same start time. Errors as spawn() has them; it has ended then.
  Result<Child> open() &&;

private:
  GatedChild(std::string program, Child child, UniqueFd gate, UniqueFd outcome)
      : program_(std::move(program)), child_(std::move(child)), gate_(std::move(gate)), outcome_(std::move(outcome)) {}

  std::string program_;
  Child child_;
  UniqueFd gate_;
  UniqueFd outcome_;
};

/// `words`: what follows kGateWord, ended by a null pointer: two descriptors, the program's path and its arguments.
/// Waits for open() and becomes the program; returns what to exit with when whoever started us is gone, or when there
/// is no such program.
int keepGate(char** words);

}  // namespace microvm
