// The control socket: accepts clients, answers their requests, serves the console's viewers from the log.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/unique_fd.hpp"
#include "daemon/process/awake_clock.hpp"
#include "daemon/shim/connection.hpp"
#include "daemon/shim/console/console_log.hpp"

namespace microvm::shim {

/// What the control socket asks of the shim.
class ControlHost {
public:
  virtual ~ControlHost() = default;
  virtual std::string statusJson() = 0;
  virtual void killRunner() = 0;
  virtual void stopRunner() = 0;
  /// How the shim stops the runner from now on, when it is told to end.
  virtual void setStop(Milliseconds timeout, bool leavesAtTerm) = 0;
  /// Whether the runner has a console, or may yet name one.
  virtual bool hasConsole() = 0;
  /// The bytes that the terminal took, 0 while it takes none.
  virtual std::size_t writeInput(std::string_view bytes) = 0;
};

class Control {
public:
  using Clock = AwakeClock;

  Control(UniqueFd listener, ConsoleLog& log, ControlHost& host);

  /// Adds what is to be waited for; handle() then reads the same entries from the same place on.
  void addTo(std::vector<pollfd>& waits);
  void handle(const std::vector<pollfd>& waits);
  /// When pump() is to be called though nothing happens.
  [[nodiscard]] std::optional<Clock::time_point> deadline() const;
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
  void setStop(Connection& client, std::string_view payload);
  void view(Connection& client, std::string_view payload);
  void watch(Connection& client);
  void takeInput(Connection& client, std::string_view payload);

  // Who may type.
  [[nodiscard]] const Viewer* holder() const;
  bool checkNewViewer(Connection& client);
  void changeExclusive(Connection& client, std::string_view payload);
  bool checkFree(Connection& client);
  void makeExclusive(Connection& client);
  void leave(Connection& client);

  // What viewers see.
  [[nodiscard]] bool hasNews(const Connection& client) const;
  [[nodiscard]] bool mayGather() const;
  void serveViewers();
  void serveViewer(Connection& client);
  void finishViewer(Connection& client);
  [[nodiscard]] std::string newsText() const;
  void tellNews();

  UniqueFd listener_;
  ConsoleLog& log_;
  ControlHost& host_;
  std::vector<std::unique_ptr<Connection>> clients_;
  std::vector<char> scratch_;
  std::size_t firstWait_ = 0;
  std::size_t waitedClients_ = 0;
  std::string exitJson_;  // empty while the runner runs
  std::uint32_t lastViewer_ = 0;
  std::uint32_t exclusive_ = 0;  // the viewer that has it; 0: nobody

  // The output frame made last. Viewers at the same place share it.
  std::vector<char> frame_;
  std::size_t frameSize_ = 0;
  std::uint64_t frameFrom_ = 0;
  std::uint64_t frameNext_ = 0;
  std::uint64_t frameEnd_ = 0;  // the log's end when it was made

  Clock::time_point served_{};  // when a viewer was given bytes last
  bool isGathering_ = false;

  std::uint64_t news_ = 1;  // counts what clients are told of viewers and of the log's start
  bool isNewsDue_ = false;
  std::uint64_t newsStart_ = 0;
  Clock::time_point nextNews_{};
};

}  // namespace microvm::shim
