// The control socket: accepts clients, answers their requests, serves the console's viewers from the log.
#pragma once
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/unique_fd.hpp"
#include "daemon/shim/connection.hpp"
#include "daemon/shim/console_log.hpp"

namespace microvm::shim {

/// What the control socket asks of the shim.
class ControlHost {
public:
  virtual ~ControlHost() = default;
  virtual std::string statusJson() = 0;
  virtual void killRunner() = 0;
  virtual void stopRunner() = 0;
  /// The bytes that the terminal took, 0 while it takes none.
  virtual std::size_t writeInput(std::string_view bytes) = 0;
};

class Control {
public:
  Control(UniqueFd listener, ConsoleLog& log, ControlHost& host);

  /// Adds what is to be waited for; handle() then reads the same entries from the same place on.
  void addTo(std::vector<pollfd>& waits);
  void handle(const std::vector<pollfd>& waits);
  /// Somebody's input waits for the terminal.
  [[nodiscard]] bool hasInput() const;
  /// Gives the terminal what waits for it, and viewers what is new. Called once in every round of the loop.
  void pump();
  [[nodiscard]] std::size_t viewers() const;

  /// No new clients from now on.
  void closeListener();
  /// Tells everybody that the runner has ended, and how. Viewers still get what they have not read.
  void announceExit(std::string_view exitJson);
  /// Nobody has anything left to read.
  [[nodiscard]] bool isDrained() const;

private:
  void accept();
  void answerRequests(Connection& client);
  void answer(Connection& client, const Frame& request);
  void greet(Connection& client, const Frame& request);
  void attach(Connection& client, std::string_view payload);
  void takeInput(Connection& client, std::string_view payload);
  void serveViewer(Connection& client);
  void finishViewer(Connection& client);
  [[nodiscard]] bool hasNews(const Connection& client) const;

  UniqueFd listener_;
  ConsoleLog& log_;
  ControlHost& host_;
  std::vector<std::unique_ptr<Connection>> clients_;
  std::vector<char> scratch_;
  std::size_t firstWait_ = 0;
  std::size_t waitedClients_ = 0;
  std::string exitJson_;  // empty while the runner runs
};

}  // namespace microvm::shim
