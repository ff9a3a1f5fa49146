#include "daemon/vfkit_qemu/rest/routes.hpp"

#include <array>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "daemon/vfkit_qemu/rest/change_request.hpp"

namespace microvm::vfkit_qemu {
namespace {

http::Response jsonAnswer(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.body = std::move(body);
  return response;
}

http::Response errorAnswer(int status, const std::string& text) {
  const nlohmann::json body{{"error", text}};
  return jsonAnswer(status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

http::Response notFound() {
  http::Response response;
  response.status = 404;
  response.headers.set("Content-Type", "text/plain");
  response.body = "404 page not found";
  return response;
}

enum class Route { State, Inspect, Change };

struct Entry {
  std::string_view method;
  std::string_view path;
  Route route;
};

constexpr std::array<Entry, 3> kRoutes{{
    {"GET", "/vm/state", Route::State},
    {"GET", "/vm/inspect", Route::Inspect},
    {"POST", "/vm/state", Route::Change},
}};

std::optional<Route> findRoute(std::string_view method, std::string_view path) {
  for (const Entry& entry : kRoutes)
    if (entry.method == method && entry.path == path) return entry.route;
  return std::nullopt;
}

/// A known path with a slash behind it leads to the path, with the query.
std::optional<http::Response> redirect(const http::Request& request, std::string_view path) {
  if (path.size() < 2 || path.back() != '/') return std::nullopt;
  path.remove_suffix(1);
  if (!findRoute(request.method, path)) return std::nullopt;
  const bool isGet = request.method == "GET";
  const auto query = request.target.find('?');
  std::string location(path);
  if (query != std::string::npos) location += request.target.substr(query);
  http::Response response;
  response.status = isGet ? 301 : 307;
  if (isGet) {
    response.headers.set("Content-Type", "text/html; charset=utf-8");
    response.body = fmt::format("<a href=\"{}\">Moved Permanently</a>.\n\n", location);
  }
  response.headers.set("Location", std::move(location));
  return response;
}

std::optional<Change> changeNamed(std::string_view name) {
  if (name == "Pause") return Change::Pause;
  if (name == "Resume") return Change::Resume;
  if (name == "Stop") return Change::Stop;
  if (name == "HardStop") return Change::HardStop;
  return std::nullopt;
}

Task<http::Response> changeState(Machine& machine, std::string body) {
  const auto name = readChangeRequest(body);
  if (!name) co_return errorAnswer(400, name.error().detail);
  const auto change = changeNamed(*name);
  if (!change) co_return errorAnswer(500, fmt::format("invalid new VMState: {}", *name));
  if (!isAllowed(*change, machine.state())) co_return errorAnswer(500, refusalText(*change, machine.state()));
  const auto changed = co_await machine.change(*change);
  if (!changed && changed.error().code == Errc::Cancelled) co_return changed.error();
  if (!changed) co_return errorAnswer(500, changed.error().detail);
  http::Response accepted;
  accepted.status = 202;
  co_return accepted;
}

}  // namespace

Task<http::Response> answer(Machine& machine, http::Request request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const auto route = findRoute(request.method, path);
  if (!route) {
    auto elsewhere = redirect(request, path);
    if (elsewhere) co_return *std::move(elsewhere);
    co_return notFound();
  }
  switch (*route) {
    case Route::State:
      co_return jsonAnswer(200, stateText(machine.state()));
    case Route::Inspect:
      co_return jsonAnswer(200, machine.inspect());
    case Route::Change:
      break;
  }
  auto body = std::move(request.body);
  auto changed = co_await changeState(machine, std::move(body));
  co_return changed;
}

}  // namespace microvm::vfkit_qemu
