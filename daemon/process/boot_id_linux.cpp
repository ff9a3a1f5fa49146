#include "api/core/file.hpp"
#include "daemon/process/boot_id.hpp"

namespace microvm {

Result<std::string> bootId() {
  auto text = readFile("/proc/sys/kernel/random/boot_id", 128);
  if (!text) return std::move(text).error();
  text->erase(text->find_last_not_of(" \n") + 1);
  return text;
}

}  // namespace microvm
