#include "daemon/vfkit_qemu/tether.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/vfkit_qemu/tether_platform.hpp"

namespace microvm::vfkit_qemu {

std::vector<std::string> tethered(const std::string& self, const std::string& program,
                                  std::vector<std::string> arguments) {
  std::vector<std::string> out{self, std::string(kTether), std::to_string(::getpid()), program};
  out.insert(out.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  return out;
}

int runTether(std::span<const std::string> arguments) {
  constexpr int kCannotRun = 127;
  if (arguments.size() < 2) return kCannotRun;
  platform::dieWithParent();
  // The parent may have died before it was watched.
  if (::getppid() != std::atoi(arguments[0].c_str())) return kCannotRun;
  std::vector<char*> words;
  for (const std::string& argument : arguments.subspan(1))
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  const std::string text = fmt::format("cannot run {}: {}\n", words[0], std::strerror(errno));
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  return kCannotRun;
}

}  // namespace microvm::vfkit_qemu
