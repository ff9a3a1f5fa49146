// The datagram sockets that carry the frames of interfaces which are not NAT.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/runner/vfkit/options.hpp"

namespace microvm::vfkit_qemu {

/// A socket of ours that is connected to a peer's path. Its own name beside that path, where the peer answers to, is
/// removed with this object.
class PeerSocket {
public:
  /// As vfkit does: bound to vfkit-PID-RANDOM.sock in the peer's folder, 1 MiB to send and 4 MiB to receive, and VFKT
  /// as the first datagram with `magic`.
  static Result<PeerSocket> connect(const std::string& peer, bool magic);

  PeerSocket(PeerSocket&& other) noexcept : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})) {}
  PeerSocket& operator=(PeerSocket&& other) noexcept;
  PeerSocket(const PeerSocket&) = delete;
  PeerSocket& operator=(const PeerSocket&) = delete;
  ~PeerSocket();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  PeerSocket(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

class NetworkSockets {
public:
  /// Connects what is to be connected; an fd that was handed to us must be a connected datagram socket.
  static Result<NetworkSockets> open(const std::vector<vfkit::Device>& devices);

  /// Of the interfaces that are not NAT, in their order.
  [[nodiscard]] const std::vector<int>& descriptors() const { return descriptors_; }

private:
  std::vector<PeerSocket> peers_;
  std::vector<int> descriptors_;
};

}  // namespace microvm::vfkit_qemu
