// The daemon's API as C++: one method per operation of schemas/openapi.yaml, named by its operationId.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "api/http/message.hpp"
#include "client/event_stream.hpp"
#include "client/exchange.hpp"
#include "client/queries.hpp"
#include "client/transport/endpoint.hpp"

namespace microvm::client {

/// How far an action has come when its request returns.
struct Accepted {
  std::string operation;              ///< for waitOperation; empty when there was nothing to do
  std::optional<Milliseconds> grace;  ///< how long a guest has been given to power off
};

/// An attached console, until either side closes. With a daemon that knows it the protocol is microvm.console.v1 over
/// WebSocket frames, with an older one raw bytes.
struct ConsoleConnection {
  enum class Protocol { Raw, WebSocket };
  Protocol protocol = Protocol::Raw;
  UniqueFd socket;
  std::string received;      ///< bytes that came with the answer's head; they are first
  std::uint64_t offset = 0;  ///< of the first byte
};

struct LogBounds {
  std::uint64_t start = 0;   ///< offset of the oldest byte still kept
  std::uint64_t offset = 0;  ///< of the first byte of the answer
  std::uint64_t end = 0;     ///< of the log when it was read
};

/// Blocking; one thread. Nothing is connected before the first call, and a Client outlives daemons. VMs are named by
/// name or id. An Error with an empty lastProblem() is the client's own: Errc::Unreachable means that no daemon
/// answers.
class Client {
public:
  explicit Client(std::string socketPath) : Client(unixEndpoint(std::move(socketPath))) {}
  explicit Client(Endpoint endpoint);

  /// A connection of its own, on which nothing has been said.
  Result<UniqueFd> connect() { return exchange_.endpoint().connect(); }

  /// Any request of the API, and the answer up to its head, whatever its status; `limit` is for that.
  Result<http::ClientStream> open(http::Request request, Milliseconds limit) {
    return exchange_.open(std::move(request), limit);
  }
  /// The error that such an answer of 400 and more is; reads what is left of it.
  Error refusal(http::ClientStream& answer) { return exchange_.refusal(answer); }

  Result<Json> getVersions();
  Result<Json> getHealth();
  Result<Json> getReadiness();
  Result<std::string> getOpenapi();
  Result<Json> getOpenapiJson();
  Result<Json> getServer();
  /// In the text format of Prometheus.
  Result<std::string> getMetrics();
  /// {"items": [record...]}; of one runner, when it is named.
  Result<Json> getCapabilities(std::string_view runner = {});

  /// Every VM that the query means, however many pages that are; sorted by name unless it says otherwise.
  Result<Json> listVms(const VmQuery& query = {});
  /// `definition`: {"metadata", "spec"}. The VM as stored.
  Result<Json> createVm(const Json& definition);
  Result<Json> getVm(std::string_view vm);
  /// What this definition would change, and when that would count.
  Result<Json> planVm(const Json& definition);
  /// In the place of the definition of this generation. Errc::PreconditionFailed when it is another one by now.
  Result<Json> replaceVm(std::string_view vm, const Json& definition, std::uint64_t generation);
  /// `patch`: a merge patch (RFC 7396).
  Result<Json> patchVm(std::string_view vm, const Json& patch);
  Result<Json> renameVm(std::string_view vm, std::string_view newName);
  /// Takes as long as the copies of its images.
  Result<Json> cloneVm(std::string_view vm, std::string_view newName);
  Result<void> deleteVm(std::string_view vm, Removal removal);

  /// These return as soon as the daemon has accepted; use waitOperation to see it through.
  Result<Accepted> startVm(std::string_view vm);
  Result<Accepted> stopVm(std::string_view vm, const StopOptions& options);
  Result<Accepted> killVm(std::string_view vm);
  Result<Accepted> pauseVm(std::string_view vm);
  Result<Accepted> resumeVm(std::string_view vm);
  Result<Accepted> restartVm(std::string_view vm, const StopOptions& options);
  /// Errc::Timeout when `limit` has passed.
  Result<Json> waitVm(std::string_view vm, Condition condition, Milliseconds limit);
  /// The same for what the API's query member `for` takes beside states: "ready", "condition=Http".
  Result<Json> waitVm(std::string_view vm, std::string_view goal, Milliseconds limit);

  /// Those under way and those of the last day; of one VM unless empty.
  Result<Json> listOperations(std::string_view vm);
  Result<Json> getOperation(std::string_view id);
  /// The operation when it has ended. Errc::Timeout when `limit` has passed before.
  Result<Json> waitOperation(std::string_view id, Milliseconds limit);
  Result<Json> cancelOperation(std::string_view id);
  /// What was kept of the last unexpected end.
  Result<Json> getPostmortem(std::string_view vm);
  /// The runner's own answers, as they are. Errors of the runner are its answers too.
  Result<http::Response> getRunnerState(std::string_view vm);
  Result<http::Response> changeRunnerState(std::string_view vm, std::string_view state);
  Result<http::Response> inspectRunner(std::string_view vm);

  Result<ConsoleConnection> attachConsole(std::string_view vm, const ConsoleRequest& request);
  enum class Marks { Left, Given };
  Result<Json> getConsoleStatus(std::string_view vm, Marks marks);
  /// Pieces of the log go to `sink`, each with its own offset, until the answer ends, `sink` has enough (success), the
  /// connection breaks or `limit` has passed (Errc::Timeout). One answer need not reach the log's end.
  /// FollowMode::Follow goes on as the guest writes, until the VM stops.
  using LogSink = std::function<Next(std::uint64_t offset, std::string_view bytes)>;
  enum class FollowMode { Once, Follow };
  Result<LogBounds> getConsoleLog(std::string_view vm, const ConsolePlace& place, FollowMode mode, const LogSink& sink,
                                  std::optional<Milliseconds> limit = {});

  /// What the runner wrote to standard error, of this run and those before, as far as it is kept.
  Result<std::string> getRunnerLog(std::string_view vm);

  Result<Json> listTokens();
  /// `wanted`: {"name", "scopes", "lifetime"}. The token with its secret, which nobody is told again.
  Result<Json> createToken(const Json& wanted);
  Result<void> revokeToken(std::string_view nameOrId);

  /// A page: {"items", "next", "oldest", "newest"}.
  Result<Json> listEvents(const EventQuery& query);
  /// Events go to `sink` as they happen, and {"type": "gap"} where some are lost, until it has enough (success) or the
  /// connection ends (Errc::Unreachable, also when the daemon has been silent for `silence`). `query.after` moves on
  /// with what was heard: the next call goes on there.
  using EventSink = client::EventSink;
  Result<void> followEvents(EventQuery& query, const EventSink& sink, Milliseconds silence);

  /// `file`: an absolute path, or empty for a file of the daemon's choice.
  Result<Json> backupSystem(const std::string& file);
  Result<Json> verifySystem();

  /// The body of the daemon's last refusal, problem+json as it came; empty when the last call did not end in one.
  [[nodiscard]] const std::string& lastProblem() const { return exchange_.lastProblem(); }
  /// Of the daemon, for people: the socket's path, or its address.
  [[nodiscard]] const std::string& socketPath() const { return exchange_.endpoint().name; }

private:
  Result<Json> get(std::string target);
  Result<Accepted> act(std::string_view vm, std::string_view action, std::string body);

  Exchange exchange_;
};

}  // namespace microvm::client
