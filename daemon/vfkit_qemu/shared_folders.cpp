#include "daemon/vfkit_qemu/shared_folders.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/vfkit_qemu/qemu/tether.hpp"

namespace microvm::vfkit_qemu {
namespace {

/// Its words for a folder. Until 2023 it was a part of QEMU, in C; since then it is a program of its own, in Rust.
/// Its limit of open files stays: raising it is root's.
std::vector<std::string> serverArguments(const std::string& program, const std::string& folder, int listener) {
  const std::string fd = fmt::format("--fd={}", listener);
  if (program.find("/qemu/") != std::string::npos)
    return {fd, "--rlimit-nofile=0", "-o", "source=" + folder, "-o", "sandbox=chroot", "-o", "log_level=err"};
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
  auto arguments = serverArguments(program, folder, kListener);
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

}  // namespace microvm::vfkit_qemu
