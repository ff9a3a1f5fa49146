// The socket that clients come in by: bound by us, or opened by the service manager before we were started.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"

namespace microvm {

class ApiSocket {
public:
  /// The one that the service manager passed, whatever its path; otherwise one at `path`. A socket that a dead daemon
  /// left there is removed; one that somebody answers on, and any other file, is not (Errc::InUse).
  static Result<ApiSocket> open(const std::string& path);

  ApiSocket(ApiSocket&& other) noexcept = default;
  ApiSocket(const ApiSocket&) = delete;
  ApiSocket& operator=(const ApiSocket&) = delete;
  ApiSocket& operator=(ApiSocket&&) = delete;
  /// Removes the socket if it is ours: clients of the service manager's wait on it for the next daemon.
  ~ApiSocket();

  [[nodiscard]] UniqueFd takeListener() { return std::move(listener_); }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  ApiSocket(UniqueFd listener, std::string path, std::string ours)
      : listener_(std::move(listener)), path_(std::move(path)), ours_(std::move(ours)) {}

  UniqueFd listener_;
  std::string path_;
  std::string ours_;  // the path, if we bound it; moved from is empty
};

}  // namespace microvm
