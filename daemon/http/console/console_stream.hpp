// The console as a stream of bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

/// What becomes of a stream when bytes were skipped: it says so in a line of text among the bytes, or breaks off, so
/// that its reader comes back and is told by the answer's head.
enum class WhenSkipped { Say, BreakOff };

/// A viewer's bytes from `offset` on, without whatever else the shim tells. What is written to a viewer that only looks
/// on is thrown away.
std::shared_ptr<ByteStream> streamOf(std::unique_ptr<ConsoleStream> console, ConsoleMode mode, std::uint64_t offset,
                                     WhenSkipped whenSkipped);

/// The kept log from `offset` up to `end`. Breaks off when bytes are rotated away under it. The service must outlive
/// it.
std::shared_ptr<ByteStream> streamOfLog(Service& service, std::string vm, std::uint64_t offset, std::uint64_t end);

}  // namespace microvm::http
