// What can go wrong, as a value. Every layer returns Result<T>; the HTTP edge turns an Error into problem+json.
#pragma once
#include <string>
#include <vector>

namespace microvm {

/// The kinds of failure. Each has one row in api/http/problem.cpp: code, HTTP status, title, whether a retry can help.
enum class Errc {
  Malformed,           ///< the request or file cannot be read at all (syntax)
  Invalid,             ///< readable, but a member's value is not usable
  Usage,               ///< a command line that makes no sense
  NotFound,            ///< no such VM, operation or route
  MethodNotAllowed,    ///< the path exists, the verb does not
  AlreadyExists,       ///< the name is taken
  WrongState,          ///< the VM's state does not allow it
  Busy,                ///< another operation holds the VM
  InUse,               ///< a file or folder is held by another VM or another daemon
  TooLarge,            ///< body, header or path over its cap
  Timeout,             ///< it did not happen in time
  Permission,          ///< the operating system or the peer check refused
  RunnerMissing,       ///< the runner's program is not there or not executable
  RunnerFailed,        ///< the runner started and then failed, or answered with an error
  Unreachable,         ///< a socket nobody answers on
  Unavailable,         ///< starting up or shutting down
  DiskFull,            ///< no space left
  Cancelled,           ///< given up because the asker went away or the daemon stops
  DaemonRestarted,     ///< an operation that the daemon's end cut
  Io,                  ///< any other error of the operating system
  Protocol,            ///< the other side broke its protocol
  PreconditionFailed,  ///< what the request was made for has changed meanwhile
  Protected,           ///< somebody has protected the VM from it
  Internal,            ///< a bug
};

/// One unusable member of a definition or request.
struct FieldError {
  std::string pointer;  ///< JSON pointer, e.g. "/spec/volumes/0/image"
  std::string detail;   ///< what is wrong with it and what would be right

  bool operator==(const FieldError&) const = default;
};

struct Error {
  Errc code = Errc::Internal;
  std::string detail;              ///< for the user: names the thing, the value, the reason. No final full stop.
  std::string hint;                ///< the way out; may be empty
  std::vector<FieldError> errors;  ///< all unusable members at once; empty for every other kind

  bool operator==(const Error&) const = default;
};

/// "cannot open /x/y: permission denied", from errno. ENOENT, EACCES, ENOSPC and the like choose the Errc.
Error systemError(const std::string& what, int errnoValue);

/// Errc::Invalid for members that cannot be used; the detail names the first and tells how many there are. At most 100
/// are kept.
Error invalidMembers(std::vector<FieldError> errors);

}  // namespace microvm
