// What goes on at a console.
#include <nlohmann/json.hpp>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/console/console_json.hpp"
#include "daemon/http/handlers/handlers.hpp"

namespace microvm::http {

Task<Answer> getConsoleStatus(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"marks"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  auto marks = queryFlag(exchange, "marks");
  if (!marks) co_return std::move(marks).error();
  auto status = co_await service.consoleStatus(exchange.captures[0]);
  if (!status) co_return std::move(status).error();
  co_return jsonAnswer(200, statusToJson(*status, *marks ? Marks::Given : Marks::Left));
}

}  // namespace microvm::http
