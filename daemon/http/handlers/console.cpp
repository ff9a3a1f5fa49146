// The console both ways: over a WebSocket, or as raw bytes.
#include <boost/asio/this_coro.hpp>

#include "api/http/websocket.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/console/console_socket.hpp"
#include "daemon/http/console/console_stream.hpp"
#include "daemon/http/handlers/console_query.hpp"
#include "daemon/http/handlers/handlers.hpp"

namespace microvm::http {
namespace {

constexpr std::string_view kRaw = "microvm-raw";
constexpr std::string_view kWebSocket = "websocket";
constexpr std::string_view kSubprotocol = "microvm.console.v1";
constexpr std::string_view kWebSocketVersion = "13";

enum class Transport { Raw, WebSocket };

std::optional<Transport> transportOf(const Request& request) {
  const auto& headers = request.headers;
  if (request.method != "GET" || !headers.hasToken("Connection", "upgrade")) return std::nullopt;
  // A client that offers both gets the one that can tell more.
  const bool isSocket =
      headers.hasToken("Upgrade", kWebSocket) && headers.find("Sec-WebSocket-Version") == kWebSocketVersion;
  if (isSocket) return Transport::WebSocket;
  return headers.hasToken("Upgrade", kRaw) ? std::optional(Transport::Raw) : std::nullopt;
}

Answer upgradeRequired(const Exchange& exchange) {
  auto answer = problemAnswer(
      "upgrade-required", "the console speaks websocket (version 13, protocol microvm.console.v1) and microvm-raw",
      exchange, "send Connection: Upgrade with Upgrade: websocket or microvm-raw, or read the log at console/log");
  answer.response.headers.add("Upgrade", std::string(kWebSocket) + ", " + std::string(kRaw));
  answer.response.headers.add("Sec-WebSocket-Version", std::string(kWebSocketVersion));
  return answer;
}

Result<void> checkHandshake(const Headers& headers) {
  if (!isWebSocketKey(headers.find("Sec-WebSocket-Key").value_or(""))) {
    return Error{Errc::Usage, "the header Sec-WebSocket-Key is not the base64 text of 16 bytes", {}, {}};
  }
  if (headers.hasToken("Sec-WebSocket-Protocol", kSubprotocol)) return {};
  return Error{Errc::Usage, "the header Sec-WebSocket-Protocol does not offer microvm.console.v1", {}, {}};
}

Answer switched(const Exchange& exchange, Transport transport, std::uint64_t offset) {
  Answer answer;
  answer.response.status = 101;
  auto& headers = answer.response.headers;
  headers.add("Connection", "Upgrade");
  headers.add("Upgrade", std::string(transport == Transport::Raw ? kRaw : kWebSocket));
  headers.add("Microvm-Console-Offset", std::to_string(offset));
  if (transport == Transport::Raw) return answer;
  const auto key = exchange.request.headers.find("Sec-WebSocket-Key").value_or("");
  headers.add("Sec-WebSocket-Accept", webSocketAccept(key));
  headers.add("Sec-WebSocket-Protocol", std::string(kSubprotocol));
  return answer;
}

/// The shim, which refuses, knows neither the VM's name nor how its clients get on.
Error held(Error error, const std::string& name) {
  if (error.code == Errc::InUse && error.hint.empty()) error.hint = "microvmctl console --take-over " + name;
  return error;
}

}  // namespace

Task<Answer> attachConsole(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"offset", "tail", "since", "mode", "takeOver", "queue", "label"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto query = readConsoleQuery(exchange);
  if (!query) co_return std::move(query).error();
  auto attach = readConsoleAttach(exchange);
  if (!attach) co_return std::move(attach).error();
  const auto transport = transportOf(exchange.request);
  if (!transport) co_return upgradeRequired(exchange);
  if (*transport == Transport::WebSocket) {
    if (auto good = checkHandshake(exchange.request.headers); !good) co_return std::move(good).error();
    // Told what is going on, it may come in unheard; raw bytes cannot tell, so there it is refused.
    if (attach->mode == ConsoleMode::ReadWrite) attach->evenIfHeld = true;
  }
  const auto mode = attach->mode;
  const auto name = exchange.captures[0];
  auto place = co_await findPlace(service, exchange.captures[0], *query, DefaultPlace::End);
  if (!place) co_return std::move(place).error();
  if (place->isBeyond) co_return beyondEnd(exchange, *place);
  attach->offset = place->offset;
  auto attached = co_await service.attachConsole(exchange.captures[0], std::move(*attach));
  if (!attached) co_return held(std::move(attached).error(), name);
  auto answer = switched(exchange, *transport, place->offset);
  if (*transport == Transport::Raw) {
    answer.stream = streamOf(std::move(*attached), mode, place->offset, WhenSkipped::Say);
  } else {
    const auto executor = co_await net::this_coro::executor;
    answer.stream = socketOf(executor, std::move(*attached), mode, *place);
  }
  co_return answer;
}

}  // namespace microvm::http
