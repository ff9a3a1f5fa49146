#include "tests/support/direct_guest/direct_guest.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include "daemon/process/pty.hpp"
#include "tests/support/guest.hpp"
#include "tests/support/processes.hpp"

namespace microvm::test {
namespace {

/// Emulated firmware and kernels on a machine that does much else.
constexpr Milliseconds kGuestPatience{120'000};

Words argumentsFor(const Words& boot, const Words& devices, const Words& more, const std::string& socket) {
  Words words = boot;
  words.insert(words.end(), {"--memory", "192", "--restful-uri", "unix://" + socket});
  for (const std::string& device : devices)
    words.insert(words.end(), {"--device", device});
  words.insert(words.end(), {"--device", "virtio-serial,pty"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// One answer to what KVM is good for serves all guests.
Program::Options environment() {
  const char* build = std::getenv("MICROVM_BUILD");
  return {{std::string("XDG_CACHE_HOME=") + (build != nullptr ? build : "/tmp") + "/cache"}, {}};
}

std::string terminalIn(const std::string& log) {
  const std::string mark = "(pty path: ";
  const auto begin = log.find(mark);
  const auto end = log.find(')', begin);
  return begin == std::string::npos || end == std::string::npos
             ? ""
             : log.substr(begin + mark.size(), end - begin - mark.size());
}

}  // namespace

std::string guestFile(const std::string& name) {
  const char* folder = std::getenv("MICROVM_GUEST");
  if (folder == nullptr) throw std::runtime_error("MICROVM_GUEST is not set; packaging/guest/build makes a guest");
  const std::string path = std::string(folder) + "/" + name;
  if (!std::filesystem::exists(path))
    throw std::runtime_error("the guest has no file " + path + "; packaging/guest/build makes it");
  return path;
}

Words linuxBoot(const std::string& cmdline) {
  std::string words = readText(guestFile("cmdline"));
  words.erase(words.find_last_not_of('\n') + 1);
  if (!cmdline.empty()) words += " " + cmdline;
  return {"--kernel", guestFile("kernel"), "--initrd", guestFile("initrd"), "--kernel-cmdline", words};
}

DirectGuest::DirectGuest(const Words& devices, const Words& more, const Words& boot)
    : socket_(folder_ / "rest.sock"),
      program_(realRunner(), argumentsFor(boot, devices, more, socket_), environment()) {
  const auto isRunning = [&] {
    if (!runs(program_.pid())) throw std::runtime_error("the runner ended: " + program_.errSoFar());
    return program_.errSoFar().find("virtual machine is running") != std::string::npos;
  };
  waitUntil("the guest to run", isRunning, kGuestPatience);
  console_ = UniqueFd(::open(terminalIn(log()).c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!console_) throw std::runtime_error("the console cannot be opened: " + log());
}

DirectGuest::~DirectGuest() {
  if (isStopped_) return;
  try {
    (void)stop();
  } catch (const std::exception&) {
    killProcess(program_.pid(), SIGKILL);
  }
}

ProgramResult DirectGuest::stop() {
  isStopped_ = true;
  program_.signal(SIGTERM);
  return program_.finish(kGuestPatience);
}

void DirectGuest::readUntil(const std::string& text) {
  while (seen_.find(text) == std::string::npos) {
    if (!waitReadable(console_.get(), kGuestPatience))
      throw std::runtime_error("the console is silent after: " + seen_ + "\n" + log());
    std::array<char, 4096> piece{};
    const ssize_t count = ::read(console_.get(), piece.data(), piece.size());
    if (count <= 0) throw std::runtime_error("the console ended after: " + seen_ + "\n" + log());
    seen_.append(piece.data(), static_cast<std::size_t>(count));
  }
}

std::string DirectGuest::run(const std::string& command) {
  readUntil(kGuestPrompt);
  seen_.erase(0, seen_.find(kGuestPrompt) + std::string(kGuestPrompt).size());
  const std::string mark = "end-" + std::to_string(++commands_);
  // The mark is put together by the shell, so that the echo of the line is not taken for it.
  const std::string line = command + "; echo \"end\"-" + std::to_string(commands_) + "\n";
  if (::write(console_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw std::runtime_error("the console takes no input");
  readUntil(mark + "\r\n");
  const auto end = seen_.find(mark + "\r\n");
  std::string printed = seen_.substr(0, end);
  seen_.erase(0, end);
  printed.erase(std::remove(printed.begin(), printed.end(), '\r'), printed.end());
  return printed;
}

}  // namespace microvm::test
