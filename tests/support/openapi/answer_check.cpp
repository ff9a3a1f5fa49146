#include "tests/support/openapi/answer_check.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/support/openapi/document.hpp"

namespace microvm::test {
namespace {

using Lines = std::vector<std::string>;

const OpenApi& document() {
  static const OpenApi api([] {
    const char* source = std::getenv("MICROVM_SOURCE");
    if (source == nullptr) throw std::runtime_error("MICROVM_SOURCE does not say where schemas/openapi.json is");
    return std::string(source) + "/schemas/openapi.json";
  }());
  return api;
}

Lines segmentsOf(const std::string& path) {
  Lines segments;
  std::istringstream text(path);
  for (std::string segment; std::getline(text, segment, '/');)
    segments.push_back(std::move(segment));
  return segments;
}

bool isAt(const std::string& path, const ApiOperation& operation) {
  const auto wanted = segmentsOf(operation.path);
  const auto given = segmentsOf(path);
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(), [](const auto& one, const auto& other) {
    return one == other || (one.starts_with('{') && !other.empty());
  });
}

const ApiOperation* operationFor(const Exchanged& exchanged) {
  static const auto operations = document().operations();
  const auto path = exchanged.target.substr(0, exchanged.target.find('?'));
  const std::string method = exchanged.method == "HEAD" ? "GET" : exchanged.method;
  const auto found = std::find_if(operations.begin(), operations.end(),
                                  [&](const ApiOperation& one) { return one.method == method && isAt(path, one); });
  return found == operations.end() ? nullptr : &*found;
}

/// The response object for the status; of a path that there is not, a problem.
const Json* responseFor(const ApiOperation* operation, const Exchanged& exchanged) {
  const auto status = exchanged.status;
  if (operation == nullptr) {
    return status >= 400 && status < 500 ? &document().root().at("components").at("responses").at("Problem") : nullptr;
  }
  const auto& responses = operation->body.at("responses");
  auto found = responses.find(std::to_string(status));
  // What may go wrong on the daemon's side is declared by name, so that clients can prepare for it.
  if (found == responses.end() && status >= 400 && status < 500) found = responses.find("default");
  return found == responses.end() ? nullptr : &document().resolve(*found);
}

/// Fields that any answer may have; the document's description speaks of them, or HTTP does.
bool isCommon(std::string_view name) {
  constexpr std::array kCommon{"Content-Type",  "Content-Length", "Transfer-Encoding",   "Connection", "X-Request-Id",
                               "Cache-Control", "Upgrade",        "Idempotent-Replayed", "Date"};
  return std::any_of(kCommon.begin(), kCommon.end(),
                     [&](std::string_view one) { return http::equalsIgnoringCase(one, name); });
}

void checkHeaders(const Exchanged& exchanged, const Json& response, Lines& complaints) {
  const auto declared = response.value("headers", Json::object());
  for (const auto& [name, value] : exchanged.headers.all()) {
    const std::string field(name);
    const bool isDeclared = std::any_of(declared.items().begin(), declared.items().end(),
                                        [&](const auto& one) { return http::equalsIgnoringCase(one.key(), field); });
    if (!isDeclared && !isCommon(field)) complaints.push_back("the header field " + field + " is not declared");
  }
  if (!exchanged.headers.find("X-Request-Id")) complaints.emplace_back("there is no X-Request-Id");
}

void checkJson(const std::string& text, const Json& schema, Lines& complaints) {
  const auto value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    complaints.push_back("is no JSON: " + text.substr(0, 200));
    return;
  }
  for (auto& complaint : document().complaints(value, schema, true))
    complaints.push_back(std::move(complaint));
}

void checkLines(const std::string& text, const Json& schema, Lines& complaints) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) checkJson(line, schema, complaints);
  }
}

void checkRequestId(const Exchanged& exchanged, Lines& complaints) {
  const auto problem = Json::parse(exchanged.body, nullptr, false);
  const auto named = problem.is_object() ? problem.value("requestId", "") : "";
  if (named != exchanged.headers.find("X-Request-Id").value_or("")) {
    complaints.push_back("the problem names the request " + named + ", and the header another");
  }
}

void checkBody(const Exchanged& exchanged, const Json& response, Lines& complaints) {
  const auto content = response.value("content", Json::object());
  const std::string sent(exchanged.headers.find("Content-Type").value_or(""));
  const auto type = sent.substr(0, sent.find(';'));
  if (type.empty() && exchanged.body.empty()) {
    if (!content.empty()) complaints.emplace_back("there is no body");
    return;
  }
  if (!content.contains(type)) {
    complaints.push_back("the media type \"" + type + "\" is not declared");
    return;
  }
  if (exchanged.method == "HEAD") return;
  const auto schema = content.at(type).value("schema", Json::object());
  if (type == "application/x-ndjson") return checkLines(exchanged.body, schema, complaints);
  if (!type.ends_with("json")) return;
  checkJson(exchanged.body, schema, complaints);
  if (type == "application/problem+json") checkRequestId(exchanged, complaints);
}

}  // namespace

Lines complaintsAbout(const Exchanged& exchanged) {
  if (exchanged.method == "OPTIONS" && exchanged.status == 204) return {};
  const auto* operation = operationFor(exchanged);
  const auto* response = responseFor(operation, exchanged);
  if (response == nullptr) {
    return {fmt::format("{} does not declare the status {}", operation == nullptr ? "the document" : operation->id,
                        exchanged.status)};
  }
  Lines complaints;
  checkHeaders(exchanged, *response, complaints);
  checkBody(exchanged, *response, complaints);
  return complaints;
}

Lines complaintsAboutEvent(const std::string& json) {
  // The data of a server-sent event is what is a line otherwise; the document has no word for a schema of it.
  constexpr const char* kLine = "/paths/~1v1~1events/get/responses/200/content/application~1x-ndjson/schema";
  Lines complaints;
  checkJson(json, document().root().at(Json::json_pointer(kLine)), complaints);
  return complaints;
}

}  // namespace microvm::test
