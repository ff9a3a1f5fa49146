// A stand-in for microvmd on a Unix socket: answers as told, remembers what was asked.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/core/unique_fd.hpp"
#include "api/http/message.hpp"

namespace microvm {

/// Serves one connection at a time, on a thread of its own, until it is destroyed. An operation without an answer gets
/// a 404 problem.
class DaemonDouble {
public:
  using Answer = std::function<http::Response(const http::Request& request)>;
  /// Gets the socket after the request was read, writes whatever it likes; the connection is closed afterwards.
  using RawAnswer = std::function<void(const http::Request& request, int socket)>;

  explicit DaemonDouble(const std::string& socketPath);
  ~DaemonDouble();
  DaemonDouble(const DaemonDouble&) = delete;
  DaemonDouble& operator=(const DaemonDouble&) = delete;

  /// `operation`: "GET /v1/vms/web", with the query when it matters, else without.
  void on(const std::string& operation, Answer answer);
  void on(const std::string& operation, int status, const std::string& body);
  void onRaw(const std::string& operation, RawAnswer answer);

  /// "POST /v1/vms {...}", in their order.
  [[nodiscard]] std::vector<std::string> asked() const;
  [[nodiscard]] const std::string& socketPath() const { return path_; }

private:
  void serve();
  void serveConnection(int socket);
  bool answer(const http::Request& request, int socket);

  std::string path_;
  UniqueFd listener_;
  mutable std::mutex mutex_;  // guards the members below: the test asks while the thread serves
  std::map<std::string, Answer> answers_;
  std::map<std::string, RawAnswer> rawAnswers_;
  std::vector<std::string> asked_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// A VM as the API has it.
std::string vmJson(const std::string& name, const std::string& state);

}  // namespace microvm
