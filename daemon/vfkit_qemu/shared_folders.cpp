#include "daemon/vfkit_qemu/shared_folders.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/process/program_lookup.hpp"
#include "daemon/process/unix_socket.hpp"
#include "daemon/vfkit_qemu/tether.hpp"

namespace microvm::vfkit_qemu {
namespace {

Result<std::string> findServer() {
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
  // Only root may change its root folder; others see what they are allowed to see anyway.
  const std::string sandbox = ::geteuid() == 0 ? "sandbox=chroot" : "sandbox=none";
  SpawnOptions options;
  options.program = self;
  options.arguments =
      tethered(self, program, {fmt::format("--fd={}", kListener), "-o", "source=" + folder, "-o", sandbox});
  options.environment = allowedEnvironment();
  options.descriptors = {{connected->listener.get(), kListener}, {complaints, STDERR_FILENO}};
  auto server = spawn(options);
  if (!server) return std::move(server).error();
  return SharedFolder{folder, *std::move(server), std::move(connected->client)};
}

}  // namespace

Result<std::vector<SharedFolder>> shareFolders(const vfkit::Options& options, const std::string& self, int complaints) {
  std::vector<SharedFolder> shared;
  for (const vfkit::Device& device : options.devices) {
    const auto* share = std::get_if<vfkit::Share>(&device);
    if (share == nullptr) continue;
    const auto program = findServer();
    if (!program) return program.error();
    auto one = shareFolder(share->folder, *program, self, complaints);
    if (!one) return std::move(one).error();
    shared.push_back(*std::move(one));
  }
  return shared;
}

}  // namespace microvm::vfkit_qemu
