#include "daemon/shim/protocol.hpp"

#include <algorithm>

namespace microvm::shim {
namespace {

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

template <class T>
std::optional<T> take(std::string_view& in) {
  if (in.size() < sizeof(T)) return std::nullopt;
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(static_cast<T>(static_cast<unsigned char>(in[i])) << (8 * i)));
  }
  in.remove_prefix(sizeof(T));
  return value;
}

}  // namespace

void encodeHead(char* head, FrameType type, std::size_t payloadBytes) {
  for (std::size_t i = 0; i < 4; ++i)
    head[i] = static_cast<char>((payloadBytes >> (8 * i)) & 0xff);
  head[4] = static_cast<char>(type);
}

std::string encodeStopOrder(const StopOrder& order) {
  std::string payload;
  putU64(payload, static_cast<std::uint64_t>(order.timeout.count()));
  payload.push_back(order.leavesAtTerm ? 1 : 0);
  return payload;
}

std::optional<StopOrder> decodeStopOrder(std::string_view payload) {
  constexpr std::uint64_t kLongest = std::uint64_t{1000} * 60 * 60 * 24 * 365;
  const auto timeout = takeU64(payload);
  const auto leaves = takeU8(payload);
  if (!timeout || *timeout > kLongest || !leaves || *leaves > 1 || !payload.empty()) return std::nullopt;
  return StopOrder{Milliseconds(*timeout), *leaves == 1};
}

std::string encodeFrame(FrameType type, std::string_view payload) {
  std::string out(kHeadBytes, '\0');
  encodeHead(out.data(), type, payload.size());
  out.append(payload);
  return out;
}

void putU16(std::string& out, std::uint16_t value) {
  put(out, value);
}

void putU32(std::string& out, std::uint32_t value) {
  put(out, value);
}

void putU64(std::string& out, std::uint64_t value) {
  put(out, value);
}

std::optional<std::uint8_t> takeU8(std::string_view& in) {
  return take<std::uint8_t>(in);
}

std::optional<std::uint16_t> takeU16(std::string_view& in) {
  return take<std::uint16_t>(in);
}

std::optional<std::uint32_t> takeU32(std::string_view& in) {
  return take<std::uint32_t>(in);
}

std::optional<std::uint64_t> takeU64(std::string_view& in) {
  return take<std::uint64_t>(in);
}

std::string encodeView(const ViewRequest& request) {
  std::string out;
  out.push_back(static_cast<char>(request.mode));
  out.push_back(static_cast<char>(request.whenHeld));
  putU64(out, request.offset);
  putU64(out, request.queue);
  return out + request.label;
}

std::optional<ViewRequest> decodeView(std::string_view payload) {
  const auto mode = takeU8(payload);
  const auto whenHeld = takeU8(payload);
  const auto offset = takeU64(payload);
  const auto queue = takeU64(payload);
  const bool isKnown = mode && *mode <= 2 && whenHeld && (*whenHeld == 1 || *whenHeld == 2);
  if (!isKnown || !offset || !queue) return std::nullopt;
  return ViewRequest{static_cast<AttachMode>(*mode), static_cast<WhenHeld>(*whenHeld), *offset, *queue,
                     std::string(payload.substr(0, kLabelBytes))};
}

Result<std::optional<Frame>> FrameReader::next() {
  std::string_view rest = std::string_view(buffer_).substr(used_);
  const auto length = take<std::uint32_t>(rest);
  if (length && *length > kPayloadBytes) {
    return Error{Errc::Protocol, "a frame of " + std::to_string(*length) + " bytes is over the cap", {}, {}};
  }
  const auto type = length ? takeU8(rest) : std::nullopt;
  if (!type || rest.size() < *length) {
    buffer_.erase(0, used_);
    used_ = 0;
    return std::optional<Frame>();
  }
  Frame frame{static_cast<FrameType>(*type), std::string(rest.substr(0, *length))};
  used_ += kHeadBytes + *length;
  if (used_ == buffer_.size()) {
    buffer_ = std::string();  // gives the memory back
    used_ = 0;
  }
  return std::optional<Frame>(std::move(frame));
}

std::optional<std::uint16_t> chooseVersion(std::uint16_t lowest, std::uint16_t highest) {
  const auto chosen = std::min(highest, kHighestVersion);
  if (lowest > highest || chosen < lowest || chosen < kLowestVersion) return std::nullopt;
  return chosen;
}

}  // namespace microvm::shim
