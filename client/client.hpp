// The daemon's API as C++: one method per operation of schemas/openapi.yaml, named by its operationId.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "api/http/sse.hpp"
#include "api/http/unix_client.hpp"
#include "client/transport/endpoint.hpp"

namespace microvm::client {

using Json = nlohmann::ordered_json;

struct StopOptions {
  std::optional<Milliseconds> timeout;  ///< instead of the definition's stop.timeout
  std::optional<bool> escalate;         ///< instead of stop.escalate
};

/// Which VMs, and in which order; nothing is the API's default.
struct VmQuery {
  std::string labelSelector;
  std::string sort;
};

enum class Removal { OnlyStopped, KillFirst };
enum class Condition { Running, Paused, Stopped, Deleted };

/// How far an action has come when its request returns.
struct Accepted {
  std::string operation;              ///< for waitOperation; empty when there was nothing to do
  std::optional<Milliseconds> grace;  ///< how long a guest has been given to power off
};
enum class ConsoleAccess { ReadWrite, ReadOnly, Exclusive };

/// Where to begin in a console's log, and where to end; nothing is the API's default for the operation.
struct ConsolePlace {
  std::optional<std::uint64_t> offset;  ///< the first byte wanted
  std::optional<std::uint64_t> tail;    ///< so many of the newest bytes
  std::optional<Timestamp> since{};
  std::optional<Timestamp> until{};    ///< only for getConsoleLog
  std::optional<std::int64_t> boot{};  ///< only for getConsoleLog: 0 the newest, -1 the one before, N the Nth
};

struct ConsoleRequest {
  ConsoleAccess access = ConsoleAccess::ReadWrite;
  bool takeOver = false;  ///< Exclusive, though another has it
  ConsolePlace place;
  std::uint64_t queue = 0;  ///< once at the end, skip ahead when farther behind than so many bytes; 0: never
  std::string label;        ///< for the other viewers
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

/// Of the texts an empty one is no wish.
struct EventQuery {
  std::optional<std::uint64_t> after;    ///< a sequence number
  std::optional<std::uint64_t> limit{};  ///< of a page
  std::string vm{};                      ///< only of this VM
  std::string since{};                   ///< instead of `after`: a number, a time or a span before now
  std::string kind{};                    ///< only these types, separated by commas
  std::string label{};                   ///< only of VMs whose labels were so: "team=infra,!old"
};

/// What a reader of a stream wants after a piece of it.
enum class Next { More, Enough };

/// Blocking; one thread. Nothing is connected before the first call, and a Client outlives daemons. VMs are named by
/// name or id. An Error with an empty lastProblem() is the client's own: Errc::Unreachable means that no daemon
/// answers.
class Client {
public:
  explicit Client(std::string socketPath) : Client(unixEndpoint(std::move(socketPath))) {}
  explicit Client(Endpoint endpoint);

  /// A connection of its own, on which nothing has been said.
  Result<UniqueFd> connect() { return endpoint_.connect(); }

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
  using EventSink = std::function<Next(const Json& event)>;
  Result<void> followEvents(EventQuery& query, const EventSink& sink, Milliseconds silence);

  /// `file`: an absolute path, or empty for a file of the daemon's choice.
  Result<Json> backupSystem(const std::string& file);
  Result<Json> verifySystem();

  /// The body of the daemon's last refusal, problem+json as it came; empty when the last call did not end in one.
  [[nodiscard]] const std::string& lastProblem() const { return lastProblem_; }
  /// Of the daemon, for people: the socket's path, or its address.
  [[nodiscard]] const std::string& socketPath() const { return endpoint_.name; }

private:
  /// With the daemon's name and our token.
  [[nodiscard]] http::Request addressed(http::Request request) const;
  Result<http::Response> send(http::Request request, Milliseconds limit);
  Result<Json> sendForJson(http::Request request, Milliseconds limit);
  Result<Json> get(std::string target);
  Result<Accepted> act(std::string_view vm, std::string_view action, std::string body);
  Result<http::Response> passThrough(http::Request request);
  Result<http::ClientStream> openStream(http::Request request, int wantedStatus);
  static Result<Next> takeEvents(http::SseDecoder& decoder, EventQuery& query, const EventSink& sink);
  Error refusal(const http::Response& response);

  Endpoint endpoint_;
  http::UnixClient connection_;
  std::string lastProblem_;
};

}  // namespace microvm::client
