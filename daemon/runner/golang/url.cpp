#include "daemon/runner/golang/url.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "api/core/text.hpp"
#include "daemon/runner/golang/text.hpp"

namespace microvm::golang {
namespace {

Error because(std::string why) {
  return Error{Errc::Usage, std::move(why), {}, {}};
}

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isOneOf(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

enum class Part { Path, User, Host, Zone };

/// What a host's name may be made of without an escape; bytes beyond ASCII are let through.
bool mayStandInHost(char c) {
  return isLetter(c) || isDigit(c) || static_cast<unsigned char>(c) >= 0x80 || isOneOf(c, "-_.~!$&'()*+,;=:[]<>\"");
}

/// In a host only bytes beyond ASCII are escaped; in the zone of an IPv6 address what could also stand there as it is,
/// and the space.
bool mayBeEscaped(std::string_view escape, Part part) {
  const int high = hexValue(escape[1]);
  if (escape == "%25" || part == Part::Path || part == Part::User) return true;
  if (part == Part::Host) return high >= 8;
  const char byte = static_cast<char>(high * 16 + hexValue(escape[2]));
  return byte == ' ' || (static_cast<unsigned char>(byte) < 0x80 && mayStandInHost(byte));
}

Result<std::string> unescape(std::string_view text, Part part) {
  const bool isHost = part == Part::Host || part == Part::Zone;
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (isHost && !mayStandInHost(text[i]))
        return because(fmt::format("invalid character {} in host name", quote(text.substr(i, 1))));
      decoded += text[i];
      continue;
    }
    const std::string_view escape = text.substr(i, 3);
    const bool isWhole = escape.size() == 3 && hexValue(escape[1]) >= 0 && hexValue(escape[2]) >= 0;
    if (!isWhole || !mayBeEscaped(escape, part)) return because(fmt::format("invalid URL escape {}", quote(escape)));
    decoded += static_cast<char>(hexValue(escape[1]) * 16 + hexValue(escape[2]));
    i += 2;
  }
  return decoded;
}

bool isOptionalPort(std::string_view text) {
  return text.empty() || (text[0] == ':' && std::all_of(text.begin() + 1, text.end(), isDigit));
}

Result<std::string> parseLiteralHost(std::string_view host) {
  const auto end = host.rfind(']');
  if (end == std::string_view::npos) return because("missing ']' in host");
  if (!isOptionalPort(host.substr(end + 1)))
    return because(fmt::format("invalid port {} after host", quote(host.substr(end + 1))));
  const auto zone = host.substr(0, end).find("%25");
  if (zone == std::string_view::npos) return unescape(host, Part::Host);
  auto before = unescape(host.substr(0, zone), Part::Host);
  if (!before) return before;
  auto inside = unescape(host.substr(zone, end - zone), Part::Zone);
  if (!inside) return inside;
  auto after = unescape(host.substr(end), Part::Host);
  if (!after) return after;
  return *before + *inside + *after;
}

Result<std::string> parseHost(std::string_view host) {
  if (host.starts_with('[')) return parseLiteralHost(host);
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && !isOptionalPort(host.substr(colon)))
    return because(fmt::format("invalid port {} after host", quote(host.substr(colon))));
  return unescape(host, Part::Host);
}

Result<void> checkUser(std::string_view user) {
  const bool isValid = std::all_of(
      user.begin(), user.end(), [](char c) { return isLetter(c) || isDigit(c) || isOneOf(c, "-._:~!$&'()*+,;=%@"); });
  if (!isValid) return because("net/url: invalid userinfo");
  auto decoded = unescape(user, Part::User);
  if (!decoded) return std::move(decoded).error();
  return {};
}

Result<std::string> parseAuthority(std::string_view authority) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return parseHost(authority);
  auto host = parseHost(authority.substr(at + 1));
  if (!host) return host;
  if (auto user = checkUser(authority.substr(0, at)); !user) return std::move(user).error();
  return host;
}

struct Split {
  std::string scheme;
  std::string_view rest;
};

Result<Split> splitScheme(std::string_view uri) {
  const auto end =
      std::find_if(uri.begin(), uri.end(), [](char c) { return !isLetter(c) && !isDigit(c) && !isOneOf(c, "+-."); });
  const auto length = static_cast<std::size_t>(end - uri.begin());
  if (end == uri.end() || *end != ':' || (length > 0 && !isLetter(uri[0]))) return Split{{}, uri};
  if (length == 0) return because("missing protocol scheme");
  std::string scheme(uri.substr(0, length));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](char c) { return isLetter(c) ? static_cast<char>(c | 0x20) : c; });
  return Split{std::move(scheme), uri.substr(length + 1)};
}

bool isControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

Result<Url> parse(std::string_view uri) {
  if (std::any_of(uri.begin(), uri.end(), isControl)) return because("net/url: invalid control character in URL");
  if (uri.empty()) return because("empty url");
  if (uri == "*") return Url{{}, {}, "*", {}};
  auto split = splitScheme(uri);
  if (!split) return std::move(split).error();
  Url url;
  url.scheme = std::move(split->scheme);
  std::string_view rest = split->rest.substr(0, split->rest.find('?'));
  if (rest.size() < split->rest.size()) url.query = split->rest.substr(rest.size() + 1);
  if (!rest.starts_with('/')) {
    // "unix:name" has neither host nor path.
    if (!url.scheme.empty()) return url;
    return because("invalid URI for request");
  }
  if (!url.scheme.empty() && rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    rest.remove_prefix(authority.size());
    auto host = parseAuthority(authority);
    if (!host) return std::move(host).error();
    url.host = *std::move(host);
  }
  auto path = unescape(rest, Part::Path);
  if (!path) return std::move(path).error();
  url.path = *std::move(path);
  return url;
}

}  // namespace

std::string_view Url::port() const {
  const std::string_view all = host;
  const auto colon = all.rfind(':');
  if (colon == std::string_view::npos || !isOptionalPort(all.substr(colon))) return {};
  return all.substr(colon + 1);
}

std::string_view Url::hostname() const {
  std::string_view name = host;
  const auto colon = name.rfind(':');
  if (colon != std::string_view::npos && isOptionalPort(name.substr(colon))) name = name.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return name;
}

Result<Url> parseRequestUri(std::string_view uri) {
  auto url = parse(uri);
  if (url) return url;
  return because(fmt::format("parse {}: {}", quote(uri), url.error().detail));
}

}  // namespace microvm::golang
