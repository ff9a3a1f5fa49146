#include "api/core/error.hpp"

#include <cerrno>
#include <system_error>

namespace microvm {
namespace {

constexpr std::size_t kMostFieldErrors = 100;

Errc codeOf(int errnoValue) {
  switch (errnoValue) {
    case ENOENT:
    case ENOTDIR:
      return Errc::NotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::Permission;
    case ENOSPC:
    case EDQUOT:
      return Errc::DiskFull;
    case EEXIST:
      return Errc::AlreadyExists;
    case EADDRINUSE:
    case EBUSY:
    case ETXTBSY:
      return Errc::InUse;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case ENOTCONN:
      return Errc::Unreachable;
    case ETIMEDOUT:
      return Errc::Timeout;
    case ENAMETOOLONG:
    case EFBIG:
      return Errc::TooLarge;
    default:
      return Errc::Io;
  }
}

std::string lowerFirst(std::string text) {
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

}  // namespace

Error systemError(const std::string& what, int errnoValue) {
  Error error;
  error.code = codeOf(errnoValue);
  error.detail = what + ": " + lowerFirst(std::generic_category().message(errnoValue));
  return error;
}

Error invalidMembers(std::vector<FieldError> errors) {
  Error error;
  error.code = Errc::Invalid;
  if (!errors.empty()) {
    const FieldError& first = errors.front();
    error.detail = first.pointer.empty() ? "it " + first.detail : first.pointer + " " + first.detail;
  }
  if (errors.size() > 1) error.detail += " (and " + std::to_string(errors.size() - 1) + " more)";
  if (errors.size() > kMostFieldErrors) errors.resize(kMostFieldErrors);
  error.errors = std::move(errors);
  return error;
}

}  // namespace microvm
