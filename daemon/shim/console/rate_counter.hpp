// How fast something grows.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>

namespace microvm::shim {

/// Bytes per second, over the last seconds.
class RateCounter {
public:
  using Clock = std::chrono::steady_clock;

  void add(std::uint64_t bytes, Clock::time_point at);
  [[nodiscard]] std::uint64_t perSecond(Clock::time_point at) const;

private:
  static constexpr std::int64_t kSeconds = 8;
  std::array<std::uint64_t, kSeconds> slots_{};
  std::int64_t newest_ = 0;  // the second of the slot added to last
};

}  // namespace microvm::shim
