// The console as raw bytes both ways.
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/console_place.hpp"
#include "daemon/http/handlers/console_stream.hpp"
#include "daemon/http/handlers/handlers.hpp"

namespace microvm::http {
namespace {

constexpr std::string_view kProtocol = "microvm-raw";

Answer upgradeRequired(const Exchange& exchange) {
  auto answer = problemAnswer("upgrade-required", "the console speaks the protocol microvm-raw only", exchange);
  answer.response.headers.add("Upgrade", std::string(kProtocol));
  return answer;
}

Result<ConsoleMode> readMode(const Exchange& exchange) {
  auto mode = exchange.target.find("mode");
  if (!mode || *mode == "rw") return ConsoleMode::ReadWrite;
  if (*mode == "ro") return ConsoleMode::ReadOnly;
  return Error{Errc::Usage, "the query member mode must be rw or ro", {}, {}};
}

Answer switched(std::uint64_t offset) {
  Answer answer;
  answer.response.status = 101;
  answer.response.headers.add("Connection", "Upgrade");
  answer.response.headers.add("Upgrade", std::string(kProtocol));
  answer.response.headers.add("Microvm-Console-Offset", std::to_string(offset));
  return answer;
}

}  // namespace

Task<Answer> attachConsole(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"offset", "tail", "mode"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto mode = readMode(exchange);
  if (!mode) co_return std::move(mode).error();
  const auto& headers = exchange.request.headers;
  bool upgrades = exchange.request.method == "GET" && headers.hasToken("Connection", "upgrade") &&
                  headers.hasToken("Upgrade", kProtocol);
  if (!upgrades) co_return upgradeRequired(exchange);
  auto place = co_await findPlace(service, exchange, true);
  if (!place) co_return std::move(place).error();
  auto attached = co_await service.attachConsole(exchange.captures[0], *mode, place->offset);
  if (!attached) co_return std::move(attached).error();
  auto answer = switched(place->offset);
  answer.stream = streamOf(std::move(*attached), *mode);
  co_return answer;
}

}  // namespace microvm::http
