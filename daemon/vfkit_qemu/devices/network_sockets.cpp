#include "daemon/vfkit_qemu/devices/network_sockets.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/process/unix_socket.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr int kSendBytes = 1024 * 1024;
constexpr int kReceiveBytes = 4 * 1024 * 1024;
constexpr std::string_view kMagic = "VFKT";

std::string nameBeside(const std::string& peer) {
  const auto slash = peer.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : peer.substr(0, slash);
  std::random_device random;
  return fmt::format("{}/vfkit-{:x}-{:04x}.sock", folder, ::getpid(), random() & 0xffff);
}

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size(), kSocketPathBytes));
  return address;
}

Result<void> checkLength(const std::string& path) {
  if (path.size() <= kSocketPathBytes) return {};
  return Error{Errc::Invalid,
               fmt::format("the path of the network socket {} has {} bytes and may have {}", path, path.size(),
                           kSocketPathBytes),
               "choose a shorter folder",
               {}};
}

template <class Call>
int with(const std::string& path, int fd, Call call) {
  const sockaddr_un address = addressOf(path);
  return call(fd, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(sizeof address));
}

Result<void> checkHandedDown(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  sockaddr_storage peer{};
  socklen_t peerSize = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0)
    return systemError(fmt::format("virtio-net cannot use fd={}", fd), errno);
  if (type == SOCK_DGRAM && ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peerSize) == 0) return {};
  return Error{
      Errc::Invalid, fmt::format("virtio-net cannot use fd={}: it is not a connected datagram socket", fd), {}, {}};
}

}  // namespace

PeerSocket& PeerSocket::operator=(PeerSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

PeerSocket::~PeerSocket() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<PeerSocket> PeerSocket::connect(const std::string& peer, bool magic) {
  const std::string own = nameBeside(peer);
  for (const std::string& path : {peer, own})
    if (auto fits = checkLength(path); !fits) return std::move(fits).error();
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  if (!fd) return systemError("cannot make a socket", errno);
  if (auto closed = setCloseOnExec(fd.get()); !closed) return std::move(closed).error();
  if (with(own, fd.get(), ::bind) != 0) return systemError("cannot make the network socket " + own, errno);
  PeerSocket made(std::move(fd), own);
  if (with(peer, made.fd(), ::connect) != 0) return systemError("cannot connect to the network socket " + peer, errno);
  // A system with lower limits gives what it has.
  ::setsockopt(made.fd(), SOL_SOCKET, SO_SNDBUF, &kSendBytes, sizeof kSendBytes);
  ::setsockopt(made.fd(), SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  if (magic && ::send(made.fd(), kMagic.data(), kMagic.size(), 0) != static_cast<ssize_t>(kMagic.size()))
    return systemError("cannot send to the network socket " + peer, errno);
  return made;
}

Result<NetworkSockets> NetworkSockets::open(const std::vector<vfkit::Device>& devices) {
  NetworkSockets sockets;
  for (const vfkit::Device& device : devices) {
    const auto* net = std::get_if<vfkit::Net>(&device);
    if (net == nullptr || net->kind == vfkit::NetKind::Nat) continue;
    if (net->kind == vfkit::NetKind::Descriptor) {
      if (auto usable = checkHandedDown(net->descriptor); !usable) return std::move(usable).error();
      sockets.descriptors_.push_back(net->descriptor);
      continue;
    }
    auto peer = PeerSocket::connect(net->socketPath, net->magic);
    if (!peer) return std::move(peer).error();
    sockets.descriptors_.push_back(peer->fd());
    sockets.peers_.push_back(*std::move(peer));
  }
  return sockets;
}

}  // namespace microvm::vfkit_qemu
