// What a handler gets and what it gives back.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "api/http/message.hpp"
#include "api/http/target.hpp"
#include "daemon/async/task.hpp"

namespace microvm::http {

/// One request on its way through a handler.
struct Exchange {
  Request request;
  Target target;
  std::vector<std::string> captures;  ///< the segments that stand for "{...}" in the route's path, in order
  std::string requestId;
};

/// A body that comes bit by bit, or one end of a connection that changed its protocol.
class ByteStream {
public:
  virtual ~ByteStream() = default;
  /// The next bytes; empty at the end.
  virtual Task<std::string> read() = 0;
  /// Only for a changed protocol: bytes from the client. Takes its time when the other side does.
  virtual Task<void> write(std::string bytes) = 0;
};

/// A whole response, or a head and what follows it: a chunked body, or after 101 raw bytes in both directions.
struct Answer {
  Response response;
  std::shared_ptr<ByteStream> stream{};  // shared by the two directions
};

}  // namespace microvm::http
