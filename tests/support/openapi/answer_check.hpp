// Whether an answer of the daemon is one that schemas/openapi.json declares for the request.
#pragma once
#include <string>
#include <vector>

#include "api/http/message.hpp"

namespace microvm::test {

/// A request and what came back, as a client saw them.
struct Exchanged {
  std::string method;  ///< HEAD for an answer of which only the head is known
  std::string target;
  int status = 0;
  const http::Headers& headers;  ///< of the answer
  std::string body;
};

/// What the document does not declare of this answer, a line each: the operation's status, a status of 500 and more by
/// name, the header fields, the media type, and every member of a body that is JSON. A request that no operation is
/// for has to get a problem. The document is read once, from the folder MICROVM_SOURCE; throws when it is not there.
std::vector<std::string> complaintsAbout(const Exchanged& exchanged);

/// The same of an event or a gap of GET /v1/events, whichever way it came.
std::vector<std::string> complaintsAboutEvent(const std::string& json);

}  // namespace microvm::test
