// What every request must be before a route is looked for.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/http/codec.hpp"
#include "api/http/message.hpp"
#include "api/http/problem.hpp"

namespace microvm::http {

/// Of all that HTTP knows those that some path of this API takes, as the header Allow has them.
inline constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Whether any path takes it; what no path takes is not implemented.
bool isKnownMethod(std::string_view method);

/// The answer to OPTIONS: what the path takes.
Response optionsAnswer(const std::string& allow);
/// To a method that the path does not take, or that nothing here takes.
Response methodRefusal(const Request& request, const std::string& allow, std::string_view requestId);

/// To a request of HTTP/1.0: its client would not understand every answer.
Response versionRefusal(std::string_view requestId);

/// Errc::Malformed unless there is exactly one Host, which HTTP/1.1 asks of every client.
Result<void> checkHost(const Headers& headers);

/// What a request that cannot be read is answered with.
const ProblemKind& kindOfUnreadable(const Error& error, HeadFault fault);

}  // namespace microvm::http
