// The frames between a shim and its clients; docs/shim-protocol.md is the reference.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm::shim {

inline constexpr std::uint16_t kLowestVersion = 1;
inline constexpr std::uint16_t kHighestVersion = 1;
inline constexpr std::size_t kPayloadBytes = 64 * 1024;  ///< the longest payload of a frame
inline constexpr std::size_t kHeadBytes = 5;             ///< u32 length, u8 type
inline constexpr std::uint64_t kAtEnd = ~std::uint64_t{0};

enum class FrameType : std::uint8_t {
  Hello = 1,
  Status = 2,
  Wait = 3,
  Attach = 4,
  Input = 5,
  Kill = 6,
  Stop = 7,
  HelloAnswer = 129,
  StatusAnswer = 130,
  Exit = 131,
  Attached = 132,
  Output = 133,
  End = 134,
  Done = 135,
  Error = 143,
};

enum class AttachMode : std::uint8_t { ReadOnly = 0, ReadWrite = 1 };

struct Frame {
  FrameType type{};  ///< may be a value that has no name
  std::string payload;
  bool operator==(const Frame&) const = default;
};

std::string encodeFrame(FrameType type, std::string_view payload = {});
/// The five bytes in front of a payload.
void encodeHead(char* head, FrameType type, std::size_t payloadBytes);

/// Little endian, appended to or taken from the front.
void putU16(std::string& out, std::uint16_t value);
void putU64(std::string& out, std::uint64_t value);
std::optional<std::uint8_t> takeU8(std::string_view& in);
std::optional<std::uint16_t> takeU16(std::string_view& in);
std::optional<std::uint64_t> takeU64(std::string_view& in);

/// Cuts a stream of bytes into frames. Holds at most one frame beyond what was appended last.
class FrameReader {
public:
  void append(std::string_view bytes) { buffer_.append(bytes); }
  /// The next whole frame, nothing when bytes are missing, Errc::Protocol when a length is over the cap.
  Result<std::optional<Frame>> next();

private:
  std::string buffer_;
  std::size_t used_ = 0;
};

/// The version that both sides speak, the highest one; nothing when there is none.
std::optional<std::uint16_t> chooseVersion(std::uint16_t lowest, std::uint16_t highest);

}  // namespace microvm::shim
