// The console over a WebSocket: microvm.console.v1.
#pragma once
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/http/console/console_place.hpp"
#include "daemon/http/exchange.hpp"

namespace microvm::http {

/// Binary messages are the console's bytes, both ways; text messages are what console_messages.hpp has. The stream is
/// the frames, for a connection that has been upgraded.
std::shared_ptr<ByteStream> socketOf(net::any_io_executor executor, std::unique_ptr<ConsoleStream> console,
                                     ConsoleMode mode, ConsolePlace place);

}  // namespace microvm::http
