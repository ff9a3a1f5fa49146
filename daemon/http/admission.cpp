#include "daemon/http/admission.hpp"

#include <algorithm>
#include <array>

namespace microvm::http {
namespace {

constexpr std::array<std::string_view, 7> kKnown{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/// A name or an address, with a port or without: what an honest client takes from its address.
bool isHostCharacter(char c) {
  const bool isWord = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return isWord || std::string_view("-._~!$&'()*+,;=:[]%").find(c) != std::string_view::npos;
}

}  // namespace

bool isKnownMethod(std::string_view method) {
  return std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end();
}

Response optionsAnswer(const std::string& allow) {
  Response response{.status = 204};
  response.headers.add("Allow", allow);
  return response;
}

Response methodRefusal(const Request& request, const std::string& allow, std::string_view requestId) {
  const bool isKnown = isKnownMethod(request.method);
  Error error{Errc::MethodNotAllowed, request.method + " is not taken here", "this path takes " + allow, {}};
  const auto& kind = problemKind(isKnown ? "method-not-allowed" : "not-implemented");
  auto response = problemResponse(kind, error, requestId);
  response.headers.add("Allow", allow);
  return response;
}

Response versionRefusal(std::string_view requestId) {
  Error error{Errc::Malformed, "HTTP/1.1 is spoken here, not HTTP/1.0", "tell the client to speak HTTP/1.1", {}};
  return problemResponse(problemKind("version-not-supported"), error, requestId);
}

Result<void> checkHost(const Headers& headers) {
  const auto isHost = [](const auto& field) { return equalsIgnoringCase(field.first, "Host"); };
  const auto count = std::count_if(headers.all().begin(), headers.all().end(), isHost);
  if (count != 1) {
    return Error{Errc::Malformed,
                 count == 0 ? "the request has no header Host" : "the request has more than one header Host",
                 "send one, with the name in the address",
                 {}};
  }
  const auto host = *headers.find("Host");
  if (std::all_of(host.begin(), host.end(), isHostCharacter)) return {};
  return Error{Errc::Malformed, "the header Host is no name and no address", {}, {}};
}

const ProblemKind& kindOfUnreadable(const Error& error, HeadFault fault) {
  if (fault == HeadFault::TooLarge) return problemKind("head-too-large");
  if (fault == HeadFault::Version) return problemKind("version-not-supported");
  if (error.code == Errc::Timeout) return problemKind("request-timeout");
  if (error.code == Errc::Usage) return problemKind("expectation-failed");
  return problemKind(error.code);
}

}  // namespace microvm::http
