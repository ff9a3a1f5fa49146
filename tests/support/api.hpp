// The daemon's API as a test speaks it: whole answers with their JSON, and raw connections for bad manners.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/core/time.hpp"
#include "api/core/unique_fd.hpp"
#include "api/http/message.hpp"
#include "api/http/unix_client.hpp"
#include "tests/support/waiting.hpp"

namespace microvm::test {

using Json = nlohmann::ordered_json;

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string text;
  /// The body as JSON; throws, showing the body, when it is none.
  [[nodiscard]] Json json() const;
  [[nodiscard]] std::string header(const std::string& name) const;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// Whose answers they are: the daemon's have to be what schemas/openapi.json declares.
enum class Contract { Daemon, Runner };

/// Each call has a connection of its own. Throws when nobody answers; the test fails when the daemon answers what its
/// document does not declare.
class Api {
public:
  explicit Api(std::string socket, Contract contract = Contract::Daemon)
      : socket_(std::move(socket)), contract_(contract) {}

  [[nodiscard]] const std::string& socket() const { return socket_; }
  Answer get(const std::string& target, HeaderList headers = {}) const;
  Answer post(const std::string& target, const Json& body = {}, HeaderList headers = {}) const;
  Answer remove(const std::string& target) const;
  Answer call(http::Request request) const;
  /// The answer up to its head; the rest comes piece by piece.
  http::ClientStream open(const std::string& target, HeaderList headers = {}) const;

  /// The VM's state, or "" when there is no such VM.
  std::string state(const std::string& vm) const;
  Json vm(const std::string& name) const;
  /// Waits with GET .../wait; throws when the state does not come.
  Json waitFor(const std::string& name, const std::string& state) const;
  /// The types of a VM's events so far, in order.
  std::vector<std::string> eventTypes(const std::string& name) const;
  /// A VM's newest event of a type, whatever came after it; throws when there is none.
  Json lastEvent(const std::string& name, const std::string& type) const;

private:
  void check(const std::string& method, const std::string& target, const Answer& answer) const;

  std::string socket_;
  Contract contract_;
};

/// A connection on which a test says what it likes.
class RawConnection {
public:
  explicit RawConnection(const std::string& socket);
  /// False when the peer has gone.
  bool send(const std::string& bytes) const;
  /// What comes until the peer closes or the time is up.
  std::string readAll(Milliseconds limit = kPatience) const;
  /// What comes until this many bytes are there; fewer when the peer closes or the time is up.
  std::string read(std::size_t bytes, Milliseconds limit = kPatience) const;
  [[nodiscard]] int fd() const { return socket_.get(); }

private:
  UniqueFd socket_;
};

}  // namespace microvm::test
