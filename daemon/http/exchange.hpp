// What a handler gets and what it gives back.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http/message.hpp"
#include "api/http/target.hpp"
#include "daemon/async/task.hpp"
#include "daemon/domain/access/token.hpp"

namespace microvm::http {

/// Who is at the other end of a connection.
struct Caller {
  std::string user;            ///< "alice", "token ci"
  int process = 0;             ///< 0 when that is not known
  std::string address;         ///< of a client from afar, which needs a token for every request
  std::optional<Token> token;  ///< that came with the request at work
  [[nodiscard]] bool isRemote() const { return !address.empty(); }
};

/// One request on its way through a handler.
struct Exchange {
  Request request;
  Target target;
  std::vector<std::string> captures;  ///< the segments that stand for "{...}" in the route's path, in order
  std::string requestId;
  Caller caller;
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
