#include "client/service/job.hpp"

#include <filesystem>

#include "api/core/text.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm::service {

Result<void> checkJob(const Job& job) {
  std::vector<std::string> all{job.user, job.program, job.socket, job.logFolder};
  all.insert(all.end(), job.arguments.begin(), job.arguments.end());
  for (const auto& text : all) {
    if (!hasControlCharacters(text) && isUtf8(text)) continue;
    return Error{Errc::Invalid, inQuotes(text) + " has characters that no service definition can hold", {}, {}};
  }
  return checkSocketPath(job.socket);
}

Result<std::string> findDaemon(const std::string& path) {
  auto beside = findProgram("microvmd");
  if (!beside) {
    beside.error().hint = "install microvmd beside microvmctl";
    return beside;
  }
  const auto linked = findInPath("microvmd", path);
  std::error_code ignored;
  if (linked && std::filesystem::equivalent(*linked, *beside, ignored)) return linked;
  return beside;
}

}  // namespace microvm::service
