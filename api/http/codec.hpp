// HTTP/1.1 without I/O: bytes in, messages out, and back. The only user of Beast's parser.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/http/head_scanner.hpp"
#include "api/http/message.hpp"

namespace microvm::http {

struct Limits {
  std::size_t headBytes = 16 * 1024;
  std::size_t headFields = 100;
  std::size_t bodyBytes = 2 * 1024 * 1024;
};

enum class Progress {
  NeedMore,  ///< all bytes were taken, the message is not whole
  Done,      ///< the message is whole; bytes beyond it were not taken
};

/// Reads one request. Make a fresh parser for every message; feed it the bytes that the one before did not take.
/// After an error it must not be fed again.
class RequestParser {
public:
  explicit RequestParser(Limits limits = {});
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  /// Takes bytes from the front of `input` (and removes them from it) until the message is whole or the bytes are used
  /// up. Errc::Malformed, or Errc::TooLarge; headFault() tells a 505 from a 400 and a 431 from a 413.
  Result<Progress> feed(std::string_view& input);

  /// The head is read: head() has the method, the target and the headers. Used for "Expect: 100-continue".
  [[nodiscard]] bool isHeadDone() const;
  [[nodiscard]] const Request& head() const;
  [[nodiscard]] HeadFault headFault() const;
  /// At least one byte of a message has been seen (an end of input now is a cut message, not a clean close). Empty
  /// lines before it are none of it.
  [[nodiscard]] bool hasStarted() const;
  /// The message; valid after Done.
  Request take();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads one response. `headRequest`: the answer to a HEAD has no body whatever its headers say.
class ResponseParser {
public:
  explicit ResponseParser(Limits limits = {}, bool headRequest = false);
  ~ResponseParser();
  ResponseParser(ResponseParser&&) noexcept;
  ResponseParser& operator=(ResponseParser&&) noexcept;

  Result<Progress> feed(std::string_view& input);
  /// The peer closed: Done for a body that ends with the connection, Errc::Protocol for a cut message.
  Result<Progress> finish();
  [[nodiscard]] bool isHeadDone() const;
  /// Valid after isHeadDone: status and headers of a stream whose body is read piece by piece with takeBody().
  [[nodiscard]] const Response& head() const;
  /// The body bytes decoded so far, moved out (for streams; otherwise they stay in the message).
  std::string takeBody();
  Response take();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The bytes of a message with Content-Length. A body on a 1xx, 204 or 304 is not written.
std::string serialize(const Request& request);
std::string serialize(Response response);

/// A response whose body has so much capacity to spare is not copied: its head finds room in front of it.
inline constexpr std::size_t kHeadRoom = 512;

/// The head of a response whose body follows in chunks (Transfer-Encoding: chunked), or of a 101 after which the
/// protocol changes.
std::string serializeHead(const Response& response);
/// One chunk of such a body; the empty text gives the closing chunk.
std::string serializeChunk(std::string_view data);

}  // namespace microvm::http
