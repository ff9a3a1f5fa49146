#include "daemon/vfkit_qemu/vsock/ignition.hpp"

#include "api/core/file.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::size_t kMaxConfig = 16 * 1024 * 1024;

Task<http::Response> contentOf(std::string path, http::Request request) {
  http::Response response;
  auto content = readFile(path, kMaxConfig);
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  if (!content) {
    response.status = 500;
    response.body = content.error().detail + "\n";
  } else if (request.method != "HEAD") {
    response.body = *std::move(content);
  }
  co_return response;
}

}  // namespace

Result<std::unique_ptr<HttpServer>> serveIgnition(net::any_io_executor executor, VsockTransport& transport,
                                                  const std::string& configPath) {
  // What cannot be read now will not be served: say so before the guest asks.
  if (auto content = readFile(configPath, kMaxConfig); !content) return std::move(content).error();
  auto listener = transport.listen(kIgnitionPort);
  if (!listener) return std::move(listener).error();
  return HttpServer::start(
      executor, *std::move(listener),
      [configPath](http::Request request) { return contentOf(configPath, std::move(request)); }, httpDate);
}

}  // namespace microvm::vfkit_qemu
