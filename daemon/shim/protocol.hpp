// The frames between a shim and its clients; docs/shim-protocol.md is the reference.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/core/time.hpp"

namespace microvm::shim {

inline constexpr std::uint16_t kLowestVersion = 1;
inline constexpr std::uint16_t kHighestVersion = 2;
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
  Watch = 8,       // from version 2 on
  View = 9,        // from version 2 on
  Exclusive = 10,  // from version 2 on
  SetStop = 11,    // from version 2 on; a shim may be too old for it
  HelloAnswer = 129,
  StatusAnswer = 130,
  Exit = 131,
  Attached = 132,
  Output = 133,
  End = 134,
  Done = 135,
  Console = 136,  // from version 2 on
  Error = 143,
};

/// Exclusive: while one viewer has it, what others type goes nowhere. Only for View.
enum class AttachMode : std::uint8_t { ReadOnly = 0, ReadWrite = 1, Exclusive = 2 };
/// What an Exclusive request wants: Take fails when another has it.
enum class ExclusiveWish : std::uint8_t { Release = 0, Take = 1, TakeOver = 2 };

/// What a new viewer wants when another has the console exclusively: to be refused; or to come in all the same, by
/// taking it over (Exclusive) or without being heard (ReadWrite).
enum class WhenHeld : std::uint8_t { Refuse = 1, GoOn = 2 };

inline constexpr std::size_t kLabelBytes = 64;

struct ViewRequest {
  AttachMode mode = AttachMode::ReadOnly;
  WhenHeld whenHeld = WhenHeld::Refuse;
  std::uint64_t offset = kAtEnd;
  std::uint64_t queue = 0;  ///< once at the end, skip ahead when it is farther behind than this; 0: never
  std::string label;        ///< who it is, for the others
  bool operator==(const ViewRequest&) const = default;
};
std::string encodeView(const ViewRequest& request);
/// Nothing when the payload is no view request. A label that is too long is cut.
std::optional<ViewRequest> decodeView(std::string_view payload);

/// What the shim does when it is told to end.
struct StopOrder {
  Milliseconds timeout{0};
  bool leavesAtTerm = false;
  bool operator==(const StopOrder&) const = default;
};
std::string encodeStopOrder(const StopOrder& order);
/// Nothing when the payload is no such order.
std::optional<StopOrder> decodeStopOrder(std::string_view payload);

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
void putU32(std::string& out, std::uint32_t value);
void putU64(std::string& out, std::uint64_t value);
std::optional<std::uint8_t> takeU8(std::string_view& in);
std::optional<std::uint16_t> takeU16(std::string_view& in);
std::optional<std::uint32_t> takeU32(std::string_view& in);
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
