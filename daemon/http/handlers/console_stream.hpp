// The console as a stream of bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

/// A viewer's bytes. What is written in ReadOnly mode is thrown away.
std::shared_ptr<ByteStream> streamOf(std::unique_ptr<ConsoleStream> console, ConsoleMode mode);

/// The kept log from `offset` up to `end`. Breaks off when bytes are rotated away under it. The service must outlive
/// it.
std::shared_ptr<ByteStream> streamOfLog(Service& service, std::string vm, std::uint64_t offset, std::uint64_t end);

}  // namespace microvm::http
