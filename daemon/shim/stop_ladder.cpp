#include "daemon/shim/stop_ladder.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/process/unix_socket.hpp"

namespace microvm::shim {
namespace {

constexpr Milliseconds kConnectLimit{100};
constexpr Milliseconds kHardStopLimit{5000};
constexpr Milliseconds kLook{20};           // for an answer
constexpr Milliseconds kAnswerLimit{2000};  // then it is done without
constexpr Milliseconds kPressAgain{100};
constexpr std::size_t kMostAnswer = 64 * 1024;

std::string question() {
  return "GET /vm/state HTTP/1.1\r\nHost: vfkit\r\nConnection: close\r\n\r\n";
}

std::string changeTo(const std::string& state) {
  const std::string body = R"({"state":")" + state + "\"}";
  return "POST /vm/state HTTP/1.1\r\nHost: vfkit\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

bool isPaused(std::string_view answer) {
  return answer.find("\"VirtualMachineStatePaused\"") != std::string_view::npos;
}

/// With a status of 300 or more. An answer that did not come says nothing.
bool isRefused(std::string_view answer) {
  const auto status = answer.find(' ');
  return answer.starts_with("HTTP/") && status + 1 < answer.size() && answer[status + 1] > '2';
}

/// Whether nothing more will come though the connection stays open: all that is asked for is answered by an object.
bool isWhole(std::string_view answer) {
  const auto last = answer.find_last_not_of(" \r\n");
  return answer.find("\r\n\r\n") != std::string_view::npos && last != std::string_view::npos && answer[last] == '}';
}

}  // namespace

StopLadder::StopLadder(std::string runnerSocket, Milliseconds stopTimeout, Signal signal)
    : runnerSocket_(std::move(runnerSocket)), stopTimeout_(stopTimeout), signal_(std::move(signal)) {}

bool StopLadder::send(const std::string& request) {
  auto socket = connectUnix(runnerSocket_, kConnectLimit);
  if (!socket) return false;
  if (::write(socket->get(), request.data(), request.size()) != static_cast<ssize_t>(request.size())) return false;
  request_ = std::move(*socket);
  answer_.clear();
  return true;
}

bool StopLadder::ask(Talk what, Clock::time_point now) {
  const bool isSent = send(what == Talk::State    ? question()
                           : what == Talk::Resume ? changeTo("Resume")
                                                  : changeTo("Stop"));
  if (!isSent) return false;
  talk_ = what;
  nextLook_ = now + kLook;
  answerBy_ = now + kAnswerLimit;
  return true;
}

void StopLadder::askAgain(Clock::time_point now) {
  talk_ = Talk::Again;
  nextLook_ = now + kPressAgain;
}

/// Whether all of the answer is there, or the connection is gone.
bool StopLadder::hasAnswered() {
  char buffer[4096];
  while (answer_.size() < kMostAnswer) {
    const auto got = ::recv(request_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return isWhole(answer_);
    if (got <= 0) return true;
    answer_.append(buffer, static_cast<std::size_t>(got));
  }
  return true;
}

void StopLadder::listen(Clock::time_point now) {
  if (rung_ != Rung::Stop || talk_ == Talk::None || now < nextLook_) return;
  nextLook_ = now + kLook;
  if (talk_ == Talk::Again) {
    if (!ask(Talk::State, now)) askAgain(now);
    return;
  }
  const bool isAnswered = hasAnswered();
  if (isAnswered || now >= answerBy_) goOn(isAnswered, now);
}

void StopLadder::goOn(bool isAnswered, Clock::time_point now) {
  if (talk_ != Talk::Stop) {
    const bool hasToResume = talk_ == Talk::State && isPaused(answer_);
    if (!ask(hasToResume ? Talk::Resume : Talk::Stop, now)) return askAgain(now);
    if (talk_ == Talk::Stop && taken_.empty()) take("power-button");  // a guest may be gone before the answer is read
    return;
  }
  talk_ = Talk::None;
  if (isAnswered && isRefused(answer_)) askAgain(now);
}

void StopLadder::take(std::string_view rung) {
  taken_.push_back({rung, microvm::now()});
}

void StopLadder::begin(Clock::time_point now) {
  if (rung_ != Rung::None) return;
  rung_ = Rung::Stop;
  deadline_ = now + stopTimeout_;
  // Never both: a runner that gets SIGTERM and Stop together may hang. The signal is for one that has no socket.
  if (ask(Talk::State, now)) return;
  signal_(SIGTERM);
  take("power-button");
}

void StopLadder::step(Clock::time_point now) {
  listen(now);
  if (rung_ == Rung::None || rung_ == Rung::Kill || now < deadline_) return;
  talk_ = Talk::None;
  if (rung_ == Rung::Stop && send(changeTo("HardStop"))) {
    rung_ = Rung::HardStop;
    take("hard-stop");
    deadline_ = now + kHardStopLimit;
    return;
  }
  rung_ = Rung::Kill;
  signal_(SIGKILL);
  take("kill");
}

std::optional<StopLadder::Clock::time_point> StopLadder::deadline() const {
  if (rung_ == Rung::None || rung_ == Rung::Kill) return std::nullopt;
  return talk_ == Talk::None ? deadline_ : std::min(deadline_, nextLook_);
}

}  // namespace microvm::shim
