#include "daemon/domain/definition/nbd_address.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {

namespace {

constexpr std::size_t kLongestUri = 1023;
constexpr std::size_t kLongestSocket = 103;  // sun_path of macOS has 104 bytes with the NUL
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

struct Scheme {
  std::string_view text;
  bool isUnix;
  bool isTls;
};
constexpr Scheme kSchemes[] = {
    {"nbd://", false, false}, {"nbds://", false, true}, {"nbd+unix://", true, false}, {"nbds+unix://", true, true}};

const Scheme* schemeOf(std::string_view uri) {
  const auto* found = std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                   [&](const Scheme& scheme) { return uri.starts_with(scheme.text); });
  return found == std::end(kSchemes) || uri.size() == found->text.size() ? nullptr : found;
}

std::string_view before(std::string_view text, std::string_view ends) {
  return text.substr(0, text.find_first_of(ends));
}

/// With %XX as the byte that it is; nothing when a % begins no such thing.
std::optional<std::string> unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : hexValue(text[i + 2]);
    if (low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

bool isHostName(std::string_view host) {
  return host.find_first_not_of(std::string(kLetters).append(kDigits).append(".-_~")) == std::string_view::npos;
}

bool isNumericHost(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         before(host, "%").find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

std::optional<std::string> portProblem(std::string_view text) {
  unsigned port = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool isNumber = failed == std::errc{} && stop == text.data() + text.size();
  if (isNumber && port >= 1 && port <= 65'535) return std::nullopt;
  return fmt::format(" has {} as its port; give 1 to 65535, or none for 10809", inQuotes(text));
}

/// HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT
std::optional<std::string> serverProblem(std::string_view server) {
  const bool isBracketed = server.starts_with('[');
  const auto end = isBracketed ? server.find(']') : server.find(':');
  const std::string_view host = server.substr(isBracketed ? 1 : 0, end - (isBracketed ? 1 : 0));
  if (host.empty()) return " names no host; write nbd://HOST:PORT/EXPORT";
  if (isBracketed ? end == std::string_view::npos || !isNumericHost(host) : !isHostName(host)) {
    return fmt::format(" has {} as its host; give a name, or an address, which stands in [] when it has colons",
                       inQuotes(server));
  }
  std::string_view rest = end == std::string_view::npos ? std::string_view() : server.substr(end);
  if (isBracketed) rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  if (!rest.starts_with(':')) return fmt::format(" has {} behind its host; write :PORT", inQuotes(rest));
  return portProblem(rest.substr(1));
}

/// The value of the first "socket=" in a query, as it stands there.
std::string_view socketIn(std::string_view query) {
  constexpr std::string_view kName = "socket=";
  while (!query.empty()) {
    const std::string_view pair = before(query, "&");
    if (pair.starts_with(kName)) return pair.substr(kName.size());
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return {};
}

std::optional<std::string> socketProblem(std::string_view server, std::string_view query) {
  constexpr std::string_view kForm = "nbd+unix:///EXPORT?socket=/ABSOLUTE/PATH";
  if (!server.empty()) return fmt::format(" names the host {} beside a socket; write {}", inQuotes(server), kForm);
  const std::string socket = unescaped(socketIn(query)).value_or("");
  if (!socket.starts_with('/')) return fmt::format(" names no socket; write {}", kForm);
  if (hasControlCharacters(socket)) return " has a control character in its socket's path; rename the socket";
  if (socket.size() <= kLongestSocket) return std::nullopt;
  return fmt::format(" has a socket's path of {} bytes; at most {} are taken: choose a shorter name", socket.size(),
                     kLongestSocket);
}

std::optional<std::string> textProblem(std::string_view uri) {
  if (uri.size() > kLongestUri) return fmt::format(" is too long; at most {} bytes are taken", kLongestUri);
  if (hasControlCharacters(uri) || !isUtf8(uri) || uri.find(' ') != std::string_view::npos)
    return " has a blank or a control character; write it as %20 and the like";
  if (uri.find(',') != std::string_view::npos) return " has a comma, at which vfkit splits; write it as %2C";
  if (uri.find('#') != std::string_view::npos) return " has a #, behind which nothing is read; write it as %23";
  if (!unescaped(uri)) return " has a % that begins no %XX; write it as %25";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> nbdProblem(std::string_view uri) {
  const Scheme* scheme = schemeOf(uri);
  if (scheme == nullptr) {
    return " is not the address of an export; write nbd://HOST:PORT/EXPORT or nbd+unix:///EXPORT?socket=PATH";
  }
  if (auto problem = textProblem(uri)) return problem;
  const std::string_view rest = uri.substr(scheme->text.size());
  const std::string_view server = before(rest, "/?");
  const auto query = rest.find('?');
  if (!scheme->isUnix) return serverProblem(server);
  return socketProblem(server, query == std::string_view::npos ? std::string_view() : rest.substr(query + 1));
}

bool isNbdOverTls(std::string_view uri) {
  const Scheme* scheme = schemeOf(uri);
  return scheme != nullptr && scheme->isTls;
}

}  // namespace microvm
