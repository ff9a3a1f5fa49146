#include <cerrno>
#include <linux/vm_sockets.h>
#include <sys/socket.h>

#include <fmt/core.h>

#include "daemon/process/descriptor.hpp"
#include "daemon/vfkit_qemu/vsock/transport.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr int kBacklog = 128;

sockaddr_vm addressOf(std::uint32_t cid, std::uint32_t port) {
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = cid;
  address.svm_port = port;
  return address;
}

Result<UniqueFd> makeSocket() {
  UniqueFd fd(::socket(AF_VSOCK, SOCK_STREAM, 0));
  if (!fd) return systemError("cannot make a vsock", errno);
  if (auto set = setCloseOnExec(fd.get()); !set) return std::move(set).error();
  if (auto set = setNonBlocking(fd.get()); !set) return std::move(set).error();
  return fd;
}

class KernelVsock : public VsockTransport {
public:
  explicit KernelVsock(std::uint32_t cid) : cid_(cid) {}

  Result<UniqueFd> listen(std::uint32_t port) override {
    auto fd = makeSocket();
    if (!fd) return fd;
    const sockaddr_vm address = addressOf(VMADDR_CID_ANY, port);
    if (::bind(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(fd->get(), kBacklog) != 0)
      return systemError(fmt::format("cannot listen at vsock port {}", port), errno);
    return fd;
  }

  [[nodiscard]] bool isFromGuest(int connection) const override {
    sockaddr_vm peer{};
    socklen_t size = sizeof peer;
    return ::getpeername(connection, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.svm_cid == cid_;
  }

  Result<UniqueFd> connect(std::uint32_t port) override {
    auto fd = makeSocket();
    if (!fd) return fd;
    const sockaddr_vm address = addressOf(cid_, port);
    if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
      return systemError(fmt::format("cannot connect to the guest's vsock port {}", port), errno);
    return fd;
  }

private:
  std::uint32_t cid_;
};

}  // namespace

std::unique_ptr<VsockTransport> kernelVsock(std::uint32_t cid) {
  return std::make_unique<KernelVsock>(cid);
}

}  // namespace microvm::vfkit_qemu
