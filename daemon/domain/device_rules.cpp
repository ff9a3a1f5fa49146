#include "daemon/domain/device_rules.hpp"

#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "api/core/text.hpp"
#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/definition/mac.hpp"
#include "daemon/domain/text_rules.hpp"

namespace microvm {

namespace {

constexpr std::size_t kMostShares = 16;
constexpr std::size_t kMostInterfaces = 8;
constexpr std::size_t kMostHelperWords = 64;
constexpr std::size_t kMostHelperBytes = 4096;
constexpr std::size_t kMostVsockPorts = 32;
constexpr std::size_t kLongestTag = 35;
constexpr std::uint32_t kIgnitionPort = 1024;  // Ignition in the guest asks there

using Errors = std::vector<FieldError>;

std::string_view tagProblem(std::string_view tag) {
  if (tag.empty()) return "is empty; the guest mounts the share by its tag";
  if (tag.size() > kLongestTag) return "is too long; a tag has fewer than 36 bytes";
  if (hasControlCharacters(tag)) return "has a control character";
  if (!isUtf8(tag)) return "is not UTF-8";
  if (tag.find(',') != std::string_view::npos) return "has a comma, at which vfkit splits; use another character";
  return {};
}

bool checkTag(const std::string& tag, const std::string& pointer, Errors& errors) {
  const std::string_view problem = tagProblem(tag);
  if (problem.empty()) return true;
  errors.push_back({pointer, fmt::format("{} {}", inQuotes(tag), problem)});
  return false;
}

void checkPort(std::uint32_t port, const std::string& pointer, Errors& errors) {
  if (port >= 1 && port < std::numeric_limits<std::uint32_t>::max()) return;
  errors.push_back({pointer, fmt::format("{} is no vsock port; give 1 to 4294967294", port)});
}

void checkPixels(unsigned pixels, const std::string& pointer, Errors& errors) {
  if (pixels >= kLeastPixels && pixels <= kMostPixels) return;
  errors.push_back({pointer, fmt::format("{} is out of range; give {} to {}", pixels, kLeastPixels, kMostPixels)});
}

std::string_view toText(VsockDirection direction) {
  return direction == VsockDirection::Connect ? "connect" : "listen";
}

}  // namespace

void checkShares(const std::vector<Share>& shares, const Rosetta& rosetta, Errors& errors) {
  if (!isFew(shares.size(), kMostShares, "/spec/shares", errors)) return;
  Uses tags("/spec/shares");
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    const std::string pointer = fmt::format("/spec/shares/{}", i);
    if (checkTag(share.tag, pointer + "/tag", errors)) tags.add(share.tag, i, "tag", errors);
    checkPath(share.source, pointer + "/source", errors);
    checkMountPoint(share.mountPoint, pointer + "/mountPoint", errors);
    if (rosetta.enable && share.tag == rosetta.mountTag) {
      errors.push_back({"/spec/rosetta/mountTag",
                        fmt::format("{} is used by shares/{} already; each needs its own", inQuotes(share.tag), i)});
    }
  }
  checkTag(rosetta.mountTag, "/spec/rosetta/mountTag", errors);
  checkMountPoint(rosetta.mountPoint, "/spec/rosetta/mountPoint", errors);
}

/// What belongs to one type only, and is given to another.
void checkType(const Interface& interface, const std::string& pointer, Errors& errors) {
  if (interface.type != InterfaceType::Unixgram && !interface.path.empty())
    errors.push_back({pointer + "/path", "is for type unixgram; leave it out, or set the type"});
  if (interface.type != InterfaceType::Fd && !interface.helper.empty())
    errors.push_back({pointer + "/helper", "is for type fd; leave it out, or set the type"});
}

void checkHelper(const std::vector<std::string>& helper, const std::string& pointer, Errors& errors) {
  if (!isFew(helper.size(), kMostHelperWords, pointer, errors)) return;
  if (helper.empty()) {
    errors.push_back({pointer,
                      "is missing: the program that serves the interface, and its arguments; it finds its end "
                      "of the pair of sockets as descriptor 3"});
    return;
  }
  checkPath(helper.front(), pointer + "/0", errors);
  for (std::size_t i = 1; i < helper.size(); ++i) {
    const bool isWord = helper[i].size() <= kMostHelperBytes && helper[i].find('\0') == std::string::npos;
    if (!isWord)
      errors.push_back({fmt::format("{}/{}", pointer, i), "is no argument of a program: a NUL in it, or too long"});
  }
}

void checkInterfaces(const std::vector<Interface>& interfaces, Errors& errors) {
  if (!isFew(interfaces.size(), kMostInterfaces, "/spec/interfaces", errors)) return;
  Uses macs("/spec/interfaces");
  Uses sockets("/spec/interfaces");
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    const Interface& interface = interfaces[i];
    const std::string pointer = fmt::format("/spec/interfaces/{}", i);
    if (interface.type == InterfaceType::Unixgram && checkPlainPath(interface.path, pointer + "/path", errors)) {
      sockets.add(std::filesystem::path(interface.path).lexically_normal().string(), i, "path", errors);
    }
    if (interface.type == InterfaceType::Fd) checkHelper(interface.helper, pointer + "/helper", errors);
    checkType(interface, pointer, errors);
    if (interface.mac.empty()) continue;
    const Result<std::string> mac = normaliseMac(interface.mac);
    if (mac) {
      macs.add(*mac, i, "mac", errors);
    } else {
      errors.push_back({pointer + "/mac", mac.error().detail});
    }
  }
}

void checkGraphics(const Graphics& graphics, Errors& errors) {
  checkPixels(graphics.width, "/spec/graphics/width", errors);
  checkPixels(graphics.height, "/spec/graphics/height", errors);
}

void checkVsock(const Definition& definition, Errors& errors) {
  if (definition.timesync) checkPort(definition.timesync->vsockPort, "/spec/timesync/vsockPort", errors);
  if (!isFew(definition.vsock.size(), kMostVsockPorts, "/spec/vsock", errors)) return;
  Uses ports("/spec/vsock");
  Uses sockets("/spec/vsock");
  for (std::size_t i = 0; i < definition.vsock.size(); ++i) {
    const VsockPort& vsock = definition.vsock[i];
    const std::string pointer = fmt::format("/spec/vsock/{}", i);
    checkPort(vsock.port, pointer + "/port", errors);
    ports.add(fmt::format("{} {}", toText(vsock.direction), vsock.port), i, "port", errors);
    if (definition.ignition && vsock.direction == VsockDirection::Listen && vsock.port == kIgnitionPort) {
      errors.push_back({pointer + "/port", "1024 is where Ignition asks for its configuration; drop one of the two"});
    }
    if (!vsock.socket.empty() && checkPlainPath(vsock.socket, pointer + "/socket", errors)) {
      sockets.add(std::filesystem::path(vsock.socket).lexically_normal().string(), i, "socket", errors);
    }
  }
}

}  // namespace microvm
