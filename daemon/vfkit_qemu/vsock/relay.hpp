// Two stream sockets as one.
#pragma once
#include <boost/asio/generic/stream_protocol.hpp>

#include "daemon/async/task.hpp"

namespace microvm::vfkit_qemu {

using StreamSocket = net::generic::stream_protocol::socket;

/// Carries bytes both ways, and the end of each way, until both have ended or one socket breaks.
Task<void> relay(StreamSocket one, StreamSocket other);

}  // namespace microvm::vfkit_qemu
