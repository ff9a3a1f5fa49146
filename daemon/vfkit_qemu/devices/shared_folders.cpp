#include "daemon/vfkit_qemu/devices/shared_folders.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/async/timing.hpp"
#include "daemon/process/exit_watcher.hpp"
#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/vfkit_qemu/qemu/tether.hpp"

namespace microvm::vfkit_qemu {
namespace {

/// In the options of the old one a comma begins the next, unless a backslash is before it.
std::string escapedOption(const std::string& value) {
  std::string escaped;
  for (char c : value) {
    if (c == ',' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// Its words for a folder. Until 2023 it was a part of QEMU, in C; since then it is a program of its own, in Rust.
/// Its limit of open files stays: raising it is root's.
std::vector<std::string> serverArguments(const std::string& program, const std::string& folder, int listener) {
  const std::string fd = fmt::format("--fd={}", listener);
  if (program.find("/qemu/") != std::string::npos)
    return {fd,   "--rlimit-nofile=0", "-o", "source=" + escapedOption(folder),
            "-o", "sandbox=chroot",    "-o", "log_level=err"};
  return {fd, "--rlimit-nofile=0", "--shared-dir=" + folder, "--sandbox=chroot"};
}

struct Connected {
  UniqueFd listener;  ///< blocking, for the server's accept
  UniqueFd client;
};

/// A listener with one connection waiting in it. Its name is gone before anybody else could use it.
Result<Connected> connectedListener() {
  const char* temporary = std::getenv("TMPDIR");
  std::string folder = std::string(temporary != nullptr && temporary[0] == '/' ? temporary : "/tmp") + "/vfq-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return systemError("cannot make the folder " + folder, errno);
  const std::string path = folder + "/fs";
  Connected both;
  auto listener = listenUnix(path);
  auto client = listener ? connectUnix(path, Milliseconds(1000)) : Result<UniqueFd>(listener.error());
  ::unlink(path.c_str());
  ::rmdir(folder.c_str());
  if (!client) return std::move(client).error();
  both.listener = *std::move(listener);
  both.client = *std::move(client);
  return both;
}

Result<SharedFolder> shareFolder(const std::string& folder, const std::string& program, const std::string& self,
                                 int complaints) {
  auto connected = connectedListener();
  if (!connected) return std::move(connected).error();
  constexpr int kListener = 3;
  // The old server does not follow a link to the folder itself.
  std::error_code ec;
  const auto real = std::filesystem::canonical(folder, ec);
  auto arguments = serverArguments(program, ec ? folder : real.string(), kListener);
  SpawnOptions options;
  options.program = self;
  options.arguments = ::geteuid() == 0 ? tethered(self, program, std::move(arguments))
                                       : tetheredAsRoot(self, program, std::move(arguments));
  options.environment = allowedEnvironment();
  options.descriptors = {{connected->listener.get(), kListener}, {complaints, STDERR_FILENO}};
  auto server = spawn(options);
  if (!server) return std::move(server).error();
  return SharedFolder{folder, *std::move(server), std::move(connected->client)};
}

}  // namespace

Result<std::string> findShareServer() {
  if (auto found = findProgram("virtiofsd")) return found;
  constexpr std::array<const char*, 3> kPlaces{"/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd",
                                               "/usr/lib/virtiofsd"};
  for (const char* place : kPlaces)
    if (checkExecutable(place)) return std::string(place);
  return Error{Errc::RunnerMissing,
               "virtio-fs needs virtiofsd, which is not in PATH, /usr/libexec, /usr/lib/qemu or /usr/lib",
               "install virtiofsd",
               {}};
}

Result<std::vector<SharedFolder>> shareFolders(const vfkit::Options& options, const std::string& self, int complaints) {
  std::vector<SharedFolder> shared;
  for (const vfkit::Device& device : options.devices) {
    const auto* share = std::get_if<vfkit::Share>(&device);
    if (share == nullptr) continue;
    const auto program = findShareServer();
    if (!program) return program.error();
    auto one = shareFolder(share->folder, *program, self, complaints);
    if (!one) return std::move(one).error();
    shared.push_back(*std::move(one));
  }
  return shared;
}

net::awaitable<void> watchSharedFolder(SharedFolder& shared, const Log& log, Milliseconds qemuEnds) {
  auto watcher = ExitWatcher::forChild(shared.server.pid());
  if (!watcher) co_return;
  auto ended = co_await waitReadable(watcher->fd());
  if (!ended) co_return;
  auto waited = co_await pause(qemuEnds);
  if (!waited) co_return;
  auto status = shared.server.reap();
  std::string how = "in an unknown way";
  if (status && status->signal) how = fmt::format("with signal {}", *status->signal);
  if (status && status->code) how = fmt::format("with exit code {}", *status->code);
  log.error(fmt::format("virtiofsd for {} ended {}: the guest cannot use this share until it is started anew",
                        shared.folder, how));
}

}  // namespace microvm::vfkit_qemu
