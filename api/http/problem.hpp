// Errors on the wire: RFC 9457 problem+json, and back.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "api/http/message.hpp"

namespace microvm::http {

/// One kind of failure as clients see it. The codes are a promise: one is never renamed or given another meaning.
struct ProblemKind {
  std::string_view code;   ///< "not-found"
  Errc errc;               ///< what it is inside, and what a client makes of it
  int status;              ///< HTTP's
  std::string_view title;  ///< the same for every occurrence
  bool retryable;          ///< the same request may succeed later
};

/// All kinds; the first with an Errc is the one that Errc is written as.
std::span<const ProblemKind> problemKinds();
const ProblemKind& problemKind(Errc errc);
/// For what HTTP tells apart and Errc does not: "head-too-large", "unsupported-media-type" ... The code must be one of
/// problemKinds().
const ProblemKind& problemKind(std::string_view code);

/// The answer to a failed request, with Content-Type and, where it belongs, Retry-After.
Response problemResponse(const ProblemKind& kind, const Error& error, std::string_view requestId);
Response problemResponse(const Error& error, std::string_view requestId);

/// A failure that is kept, such as an operation's: the same members without a request; and back, where what is no
/// problem gives Errc::Internal.
nlohmann::ordered_json problemJson(const Error& error);
Error errorFromProblem(const nlohmann::ordered_json& json);

/// What a client makes of an answer with an error status; a body that is no problem gives the nearest Errc.
Error errorFromResponse(const Response& response);

}  // namespace microvm::http
