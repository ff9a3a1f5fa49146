// A point in time that a wait must not pass.
#pragma once
#include <algorithm>
#include <chrono>

#include "api/core/time.hpp"
#include "daemon/process/awake_clock.hpp"

namespace microvm {

class Deadline {
public:
  explicit Deadline(Milliseconds limit) : at_(AwakeClock::now() + limit) {}
  /// Rounded up, so that a wait for what is left does not end early; zero once it is over.
  [[nodiscard]] Milliseconds left() const {
    return std::max(Milliseconds(0), std::chrono::ceil<Milliseconds>(at_ - AwakeClock::now()));
  }
  [[nodiscard]] bool isOver() const { return left().count() == 0; }

private:
  AwakeClock::time_point at_;
};

}  // namespace microvm
