// The body of a message: so many bytes, chunks, or all until the end of the connection. Part of the codec. (Beast's own
// decoder asserts on a last chunk that arrives byte by byte, which a peer could use to end the program.)
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::http {

/// How the end of a body is known.
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> length;
  bool untilClose = false;  ///< used when the two others say nothing; without it there is no body
};

class BodyDecoder {
public:
  /// Errc::TooLarge when the length is known to be over the cap.
  Result<void> begin(Framing framing, std::size_t cap);
  /// Takes bytes from the front of `input` and appends what they carry to `body`. Errc::Malformed or Errc::TooLarge.
  Result<void> take(std::string_view& input, std::string& body);
  [[nodiscard]] bool isDone() const { return state_ == State::Done; }
  /// The end of the connection ends this body.
  [[nodiscard]] bool endsWithConnection() const { return state_ == State::UntilClose; }

private:
  enum class State { Length, UntilClose, ChunkSize, ChunkExtension, ChunkSizeEnd, ChunkData, ChunkEnd, Trailer, Done };

  Result<void> takeData(std::string_view& input, std::string& body);
  Result<void> takeControl(char c);
  Result<void> takeSizeDigit(char c);
  Result<void> endSizeLine();
  Result<void> takeLineEnd(char c, State next);
  Result<void> takeTrailer(char c);
  [[nodiscard]] Error tooLarge() const;

  State state_ = State::Done;
  std::uint64_t left_ = 0;   // of the body or of the chunk
  std::uint64_t total_ = 0;  // carried by chunks, or until the close
  std::size_t cap_ = 0;
  std::size_t digits_ = 0;
  std::size_t overhead_ = 0;  // bytes around the data since the last chunk
  std::size_t lineSize_ = 0;
  bool afterCr_ = false;
};

}  // namespace microvm::http
