// Finds the end of a message's head and refuses what no honest peer sends, byte by byte and before anything is parsed:
// control characters, line ends that are not CR LF, folded lines. Empty lines before a request are passed over, as
// RFC 9112 2.2 asks of servers; they count for the cap. Part of the codec.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::http {

/// What is wrong with a head, where an answer tells it apart.
enum class HeadFault {
  None,
  Malformed,
  TooLarge,  ///< in bytes or in fields
  Version,   ///< well-formed, and of another version than HTTP/1.1 and 1.0
};

class HeadScanner {
public:
  HeadScanner(std::size_t cap, std::size_t fieldCap, bool request)
      : cap_(cap), fieldCap_(fieldCap), request_(request) {}

  /// How many of these bytes belong to the head: all of them, or those up to and with the empty line. Errc::Malformed,
  /// or Errc::TooLarge once more than the cap would be needed.
  Result<std::size_t> take(std::string_view bytes);
  [[nodiscard]] bool isDone() const { return done_; }
  /// Something else has come than the empty lines that may stand before a request.
  [[nodiscard]] bool hasStarted() const { return !firstLine_ || lineSize_ > 0 || fault_ != HeadFault::None; }
  [[nodiscard]] HeadFault fault() const { return fault_; }

private:
  Error fail(HeadFault fault, std::string detail);
  Result<void> endFirstLine();
  void takePlain(std::string_view run);
  Result<void> takeByte(char c);
  Result<void> endLine();

  std::size_t cap_;
  std::size_t fieldCap_;
  bool request_;
  HeadFault fault_ = HeadFault::None;
  std::size_t fields_ = 0;
  std::size_t size_ = 0;
  std::size_t lineSize_ = 0;  // without its end
  bool firstLine_ = true;
  bool afterCr_ = false;
  bool done_ = false;
  char tail_[9] = {};  // the last characters of the first line
};

}  // namespace microvm::http
