// The port through which a VM's supervisor looks for what a guest serves.
#pragma once
#include <string>

#include "api/core/time.hpp"
#include "daemon/async/task.hpp"

namespace microvm {

/// Each call is one look. It ends within the limit: with a sentence about what was seen, or with an Error whose detail
/// says why nothing was; Errc::Cancelled with its coroutine.
class Probes {
public:
  virtual ~Probes() = default;

  /// Connects to the Unix socket of a guest's vsock port. A runner accepts there whether anybody listens in the guest
  /// or not, and then closes: what counts is that the other end says something, or stays for the whole limit.
  virtual Task<std::string> vsock(std::string socketPath, Milliseconds limit) = 0;
  /// Connects to ADDRESS:PORT.
  virtual Task<std::string> tcp(std::string address, Milliseconds limit) = 0;
  /// Sends a GET; an answer of 2xx or 3xx counts. What it redirects to is not looked at.
  virtual Task<std::string> http(std::string url, Milliseconds limit) = 0;
};

}  // namespace microvm
