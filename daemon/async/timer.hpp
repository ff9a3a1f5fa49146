// Asio's timer on the clock that stands still while the machine sleeps.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>

#include "daemon/process/awake_clock.hpp"

namespace microvm {

using Timer = boost::asio::basic_waitable_timer<AwakeClock>;

}  // namespace microvm
