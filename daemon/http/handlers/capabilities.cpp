// What the runners can do.
#include <nlohmann/json.hpp>

#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/handlers.hpp"
#include "daemon/wire/capability_json.hpp"

namespace microvm::http {

Task<Answer> getCapabilities(Service& service, Exchange exchange) {
  auto shape = checkShape(exchange, {"runner"}, Body::None);
  if (!shape) co_return std::move(shape).error();
  std::optional<RunnerKind> runner;
  if (const auto named = exchange.target.find("runner")) {
    auto parsed = parseRunner(*named);
    if (!parsed) co_return std::move(parsed).error();
    runner = *parsed;
  }
  auto reports = co_await service.capabilities(runner);
  if (!reports) co_return std::move(reports).error();
  nlohmann::ordered_json json;
  json["items"] = nlohmann::ordered_json::array();
  for (const auto& report : *reports) {
    auto item = capabilitiesToJson(report.record);
    item["installed"] = report.isInstalled;
    json["items"].push_back(std::move(item));
  }
  co_return jsonAnswer(200, json);
}

}  // namespace microvm::http
