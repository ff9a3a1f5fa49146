#include "daemon/vfkit_qemu/qemu/tether.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/vfkit_qemu/qemu/tether_platform.hpp"

namespace microvm::vfkit_qemu {
namespace {

std::vector<std::string> withTether(std::string_view kind, const std::string& self, const std::string& program,
                                    std::vector<std::string> arguments) {
  std::vector<std::string> out{self, std::string(kind), std::to_string(::getpid()), program};
  out.insert(out.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  return out;
}

int cannotRun(const std::string& program, std::string_view why) {
  constexpr int kCannotRun = 127;
  const std::string text = fmt::format("cannot run {}: {}\n", program, why);
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  return kCannotRun;
}

}  // namespace

std::vector<std::string> tethered(const std::string& self, const std::string& program,
                                  std::vector<std::string> arguments) {
  return withTether(kTether, self, program, std::move(arguments));
}

std::vector<std::string> tetheredAsRoot(const std::string& self, const std::string& program,
                                        std::vector<std::string> arguments) {
  return withTether(kTetherAsRoot, self, program, std::move(arguments));
}

bool isTether(std::span<const std::string> arguments) {
  return !arguments.empty() && (arguments[0] == kTether || arguments[0] == kTetherAsRoot);
}

int runTether(std::span<const std::string> arguments) {
  if (arguments.size() < 3) return cannotRun("nothing", "a tether needs a parent and a program");
  const std::string& program = arguments[2];
  if (arguments[0] == kTetherAsRoot && !platform::callOurselvesRoot())
    return cannotRun(program, fmt::format("this user may make no user namespace: {}", std::strerror(errno)));
  // After the above, which would undo it.
  platform::dieWithParent();
  // The parent may have died before it was watched.
  if (::getppid() != std::atoi(arguments[1].c_str())) return cannotRun(program, "whoever asked for it is gone");
  // What the program makes, a VNC socket say, is its user's alone. virtiofsd has its own idea for the guest's files.
  ::umask(0077);
  std::vector<char*> words;
  for (const std::string& argument : arguments.subspan(2))
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  return cannotRun(program, std::strerror(errno));
}

}  // namespace microvm::vfkit_qemu
