#include "daemon/runner/vfkit/rest_address.hpp"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "daemon/runner/vfkit/go_values.hpp"

namespace microvm::vfkit {
namespace {

Error usage(std::string detail) {
  return Error{Errc::Usage, std::move(detail), {}, {}};
}

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

struct Split {
  std::string scheme;  ///< lower case; empty when there is none
  std::string_view rest;
};

std::optional<Split> splitScheme(std::string_view uri) {
  for (std::size_t i = 0; i < uri.size(); ++i) {
    const char c = uri[i];
    if (isLetter(c)) continue;
    if (c == ':') {
      if (i == 0) return std::nullopt;
      std::string scheme(uri.substr(0, i));
      std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                     [](char letter) { return isLetter(letter) ? static_cast<char>(letter | 0x20) : letter; });
      return Split{std::move(scheme), uri.substr(i + 1)};
    }
    const bool allowedLater = isDigit(c) || c == '+' || c == '-' || c == '.';
    if (i == 0 || !allowedLater) break;
  }
  return Split{{}, uri};
}

int hexValue(char c) {
  if (isDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Result<std::string> percentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const bool whole = i + 2 < text.size() && hexValue(text[i + 1]) >= 0 && hexValue(text[i + 2]) >= 0;
    if (!whole) return usage(fmt::format("invalid URL escape {}", goQuote(text.substr(i, 3))));
    decoded += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
    i += 2;
  }
  return decoded;
}

Result<RestAddress> unixAddress(std::string_view authority, std::string path) {
  if (path.empty()) return usage("invalid unix uri: missing path");
  if (!authority.empty()) return usage("invalid unix uri: host is forbidden");
  if (path.size() > kMaxSocketPath)
    return usage(
        fmt::format("invalid unix uri: socket path length exceeds macOS limits: {} is {} bytes long, {} at most", path,
                    path.size(), kMaxSocketPath));
  RestAddress address;
  address.kind = RestKind::Unix;
  address.path = std::move(path);
  return address;
}

Result<RestAddress> tcpAddress(std::string_view authority, const std::string& path) {
  if (authority.empty()) return usage("invalid TCP uri: missing host");
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool hasPort = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (!hasPort || colon + 1 == authority.size()) return usage("invalid TCP uri: missing port");
  if (!path.empty()) return usage("invalid TCP uri: path is forbidden");
  RestAddress address;
  address.kind = RestKind::Tcp;
  address.host = std::string(authority.substr(0, colon));
  address.port = std::string(authority.substr(colon + 1));
  if (address.host.size() >= 2 && address.host.front() == '[' && address.host.back() == ']')
    address.host = address.host.substr(1, address.host.size() - 2);
  if (auto port = parseDecimal(address.port, 16); !port)
    return usage(fmt::format("invalid TCP uri: invalid port {}", goQuote(address.port)));
  return address;
}

bool hasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

Error unparsable(std::string_view uri, std::string_view why) {
  return usage(fmt::format("parse {}: {}", goQuote(uri), why));
}

}  // namespace

Result<RestAddress> parseRestAddress(std::string_view uri) {
  if (uri == "none://") return RestAddress{};
  if (hasControlCharacter(uri)) return unparsable(uri, "net/url: invalid control character in URL");
  if (uri.empty()) return unparsable(uri, "empty url");
  auto split = splitScheme(uri);
  if (!split) return unparsable(uri, "missing protocol scheme");

  std::string_view rest = split->rest.substr(0, split->rest.find('?'));
  if (split->scheme.empty() && !rest.starts_with('/')) return unparsable(uri, "invalid URI for request");
  std::string_view authority;
  if (!split->scheme.empty() && rest.starts_with("//")) {
    rest.remove_prefix(2);
    authority = rest.substr(0, rest.find('/'));
    rest.remove_prefix(authority.size());
  } else if (!rest.starts_with('/')) {
    rest = {};  // "unix:name" has neither host nor path
  }
  auto path = percentDecode(rest);
  if (!path) return unparsable(uri, path.error().detail);

  if (split->scheme == "unix") return unixAddress(authority, *std::move(path));
  if (split->scheme == "tcp" || split->scheme == "http") return tcpAddress(authority, *path);
  if (split->scheme == "none") return usage(fmt::format("invalid restful uri {}: only none:// means none", uri));
  return usage(fmt::format("invalid scheme {}", split->scheme));
}

}  // namespace microvm::vfkit
