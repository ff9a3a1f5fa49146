// Requests to the daemon and what comes back: its answers as they are, its refusals as errors.
#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/http/unix_client.hpp"
#include "client/transport/endpoint.hpp"

namespace microvm::client {

using Json = nlohmann::ordered_json;

/// The limit of what is answered at once.
inline constexpr Milliseconds kRequestLimit{30'000};

/// Without a body, or with one that is JSON.
http::Request request(std::string method, std::string target, std::string body = {});

/// Errc::Protocol when the answer's body is something else.
Result<Json> jsonOf(const http::Response& response);

/// Blocking; one thread. Keeps its connection between requests.
class Exchange {
public:
  explicit Exchange(Endpoint endpoint);

  /// An answer with a status of 400 and more is the error that it tells.
  Result<http::Response> send(http::Request request, Milliseconds limit = kRequestLimit);
  Result<Json> sendForJson(http::Request request, Milliseconds limit = kRequestLimit);
  Result<std::string> sendForText(http::Request request);
  Result<void> sendForNothing(http::Request request);
  /// What a runner answers through the daemon is no refusal of the daemon's, whatever its status.
  Result<http::Response> passThrough(http::Request request);
  /// The answer up to its head, whatever its status, on a connection of its own.
  Result<http::ClientStream> open(http::Request request, Milliseconds limit = kRequestLimit);
  /// The error that such an answer of 400 and more tells; reads what is left of it.
  Error refusal(http::ClientStream& answer);
  /// An answer of this status, up to its head, on a connection of its own. Any other is an error.
  Result<http::ClientStream> openStream(http::Request request, int wantedStatus);

  /// The body of the last refusal; empty when the last exchange did not end in one.
  [[nodiscard]] const std::string& lastProblem() const { return lastProblem_; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

private:
  [[nodiscard]] http::Request addressed(http::Request request) const;
  Error refusal(const http::Response& response);

  Endpoint endpoint_;
  http::UnixClient connection_;
  std::string lastProblem_;
};

}  // namespace microvm::client
