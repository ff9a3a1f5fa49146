#include <cerrno>
#include <sys/timerfd.h>

#include "daemon/vfkit_qemu/vsock/clock_jump.hpp"

namespace microvm::vfkit_qemu {

Result<UniqueFd> watchClockJumps() {
  // A timer that never ends by itself; a jump cancels it.
  constexpr time_t kNever = 253402300799;  // the year 9999
  UniqueFd timer(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec when{};
  when.it_value.tv_sec = kNever;
  if (!timer || ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr) != 0)
    return systemError("cannot watch the clock", errno);
  return timer;
}

}  // namespace microvm::vfkit_qemu
