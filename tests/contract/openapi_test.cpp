// schemas/openapi.yaml against the table of operations and against what the server really answers, both ways.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "api/http/problem.hpp"
#include "api/wire/operations.hpp"
#include "tests/support/fake_service/running_server.hpp"
#include "tests/support/openapi/document.hpp"

using namespace microvm;
using test::ApiOperation;
using test::Json;
using test::OpenApi;

namespace {

using Lines = std::vector<std::string>;

const std::string kOperation = "01939f3e-7d6c-7aaa-8bbb-0000000000ff";
const std::string kCreate = R"({"metadata":{"name":"db"},"spec":{"boot":{"linux":{"kernel":"/images/vmlinuz"}}}})";

const std::string kReplace =
    R"({"metadata":{"name":"web"},"spec":{"cpus":4,"boot":{"linux":{"kernel":"/images/vmlinuz"}}}})";

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string documentPath() {
  return std::string(std::getenv("MICROVM_SOURCE")) + "/schemas/openapi.yaml";
}

const OpenApi& document() {
  static const OpenApi api(documentPath());
  return api;
}

const ApiOperation& operation(const std::string& id) {
  static const auto all = document().operations();
  for (const auto& one : all) {
    if (one.id == id) return one;
  }
  throw std::runtime_error("the document has no operation " + id);
}

/// A server with the VM "web", which has been running and has said something, and with one event.
class Api {
public:
  Api() {
    server_.on([](fake::FakeService& service, http::HttpServer&) {
      auto& web = service.add("web");
      web.vm.lastExit = ExitRecord{.code = 0, .signal = std::nullopt, .at = now(), .reason = "the guest powered off"};
      service.log = "booting\r\n";
      VmEvent event;
      event.sequence = 7;
      event.vmName = "web";
      event.type = "vm.running";
      event.cause = "user";
      event.cause.requestId = "the-request";
      event.cause.user = "alice";
      event.exit = ExitOutcome{std::nullopt, 9};
      event.labels = {{"team", "infra"}};
      event.detail = "the runner reports that the guest runs";
      service.happened.push_back(event);
      VmOperation asked;
      asked.id = kOperation;
      asked.kind = OperationKind::Stop;
      asked.vmId = web.vm.id;
      asked.vmName = "web";
      asked.state = OperationState::Failed;
      asked.cause = "user";
      asked.stop = StopSettings{};
      asked.error = Error{Errc::Timeout, "the guest did not power off", "kill it", {}};
      asked.createdAt = asked.updatedAt = now();
      service.asked[kOperation] = asked;
    });
  }

  /// What is wrong with the answer to this request, by the document.
  Lines complaintsAbout(const std::string& id, const std::string& target, const std::string& body = {},
                        const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    const auto& one = operation(id);
    last = server_.ask(one.method, target, body, headers);
    const auto sent = std::string(last.headers.find("Content-Type").value_or(""));
    const auto type = sent.substr(0, sent.find(';'));
    const auto schema = document().responseSchema(one, last.status, type);
    if (last.body.empty()) return {};
    if (schema.is_null()) return {one.id + " does not document " + type};
    if (type.find("json") == std::string::npos) return {};
    return document().complaints(Json::parse(last.body), schema, true);
  }

  http::Response last;

private:
  fake::RunningServer server_;
};

void collectReferences(const Json& value, std::set<std::string>& references) {
  if (value.is_object() && value.contains("$ref")) references.insert(value.at("$ref"));
  if (value.is_structured()) {
    for (const auto& child : value)
      collectReferences(child, references);
  }
}

}  // namespace

TEST_CASE("the document and the table of operations have the same operations") {
  std::set<std::string> documented;
  for (const auto& one : document().operations())
    documented.insert(one.id + " " + one.method + " " + one.path);
  std::set<std::string> listed;
  for (const auto& one : kOperations)
    listed.insert(std::string(one.id) + " " + std::string(one.method) + " " + std::string(one.path));

  CHECK(documented == listed);
}

TEST_CASE("every reference has its target and every component is used") {
  std::set<std::string> references;
  collectReferences(document().root(), references);

  for (const auto& reference : references) {
    CAPTURE(reference);
    CHECK_NOTHROW((void)document().resolve(Json{{"$ref", reference}}));
  }
  for (const auto& [kind, components] : document().root().at("components").items()) {
    if (kind == "securitySchemes") continue;  // named by the security of the whole
    for (const auto& [name, component] : components.items()) {
      CAPTURE(name);
      CHECK(references.count("#/components/" + kind + "/" + name) == 1);
    }
  }
}

TEST_CASE("the document lists the codes of problems that there are") {
  std::set<std::string> listed;
  for (const std::string code : document().root().at("/components/schemas/ProblemCode/enum"_json_pointer))
    listed.insert(code);
  std::set<std::string> known;
  for (const auto& kind : http::problemKinds())
    known.insert(std::string(kind.code));

  CHECK(listed == known);
}

TEST_CASE("the page of errors has every code with its status") {
  const auto page = contentOf(std::string(std::getenv("MICROVM_SOURCE")) + "/docs/errors.md");

  for (const auto& kind : http::problemKinds()) {
    const std::string code(kind.code);
    const auto row = "| [`" + code + "`](problems/" + code + ".md) | " + std::to_string(kind.status) + " |";
    CAPTURE(row);
    CHECK(page.find(row) != std::string::npos);
  }
}

TEST_CASE("every type of problem has its page, and every page its type") {
  const std::filesystem::path folder = std::string(std::getenv("MICROVM_SOURCE")) + "/docs/problems";
  std::set<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    pages.insert(entry.path().stem());
  std::set<std::string> known;
  for (const auto& kind : http::problemKinds()) {
    const std::string code(kind.code);
    known.insert(code);
    const auto page = contentOf(folder / (code + ".md"));
    CAPTURE(code);
    const auto json = Json::parse(http::problemResponse(kind, Error{}, "r").body);
    CHECK(page.find("# " + std::string(kind.title) + "\n") == 0);
    CHECK(page.find("`" + json.at("type").get<std::string>() + "`") != std::string::npos);
    CHECK(page.find("| `status` | " + std::to_string(kind.status) + " |") != std::string::npos);
    CHECK(page.find(std::string("| `retryable` | `") + (kind.retryable ? "true" : "false")) != std::string::npos);
    for (const auto* part : {"## Cause", "## Way out"})
      CHECK(page.find(part) != std::string::npos);
  }
  CHECK(pages == known);
}

TEST_CASE("every example is what its schema says") {
  int seen = 0;
  const auto look = [&](const std::string& where, const Json& holder) {
    const auto content = document().resolve(holder).value("content", Json::object());
    for (const auto& [type, media] : content.items()) {
      if (!media.contains("example")) continue;
      CAPTURE(where);
      CHECK(document().complaints(media.at("example"), media.at("schema"), true) == Lines{});
      ++seen;
    }
  };
  for (const auto& one : document().operations()) {
    if (one.body.contains("requestBody")) look(one.id, one.body.at("requestBody"));
    for (const auto& [status, response] : one.body.at("responses").items())
      look(one.id + " " + status, response);
  }
  CHECK(seen > 10);
}

TEST_CASE("the document itself is served") {
  Api api;

  const auto complaints = api.complaintsAbout("getOpenapi", "/openapi.yaml");

  CHECK(complaints == Lines{});
  CHECK(api.last.body == contentOf(documentPath()));
}

TEST_CASE("the document as JSON is the document") {
  Api api;

  const auto complaints = api.complaintsAbout("getOpenapiJson", "/openapi.json");

  CHECK(complaints == Lines{});
  CHECK_MESSAGE(Json::parse(api.last.body) == document().root(), "packaging/openapi writes it anew");
}

TEST_CASE("a definition is replaced by one that was made from it") {
  Api api;
  (void)api.complaintsAbout("getVm", "/v1/vms/web");
  const std::string tag(*api.last.headers.find("ETag"));

  CHECK(api.complaintsAbout("replaceVm", "/v1/vms/web", kReplace, {{"If-Match", tag}}) == Lines{});
  CHECK(api.last.status == 200);
  CHECK(api.complaintsAbout("replaceVm", "/v1/vms/web", kReplace, {{"If-Match", tag}}) == Lines{});
  CHECK(api.last.status == 412);
}

namespace {

struct Case {
  const char* id;
  std::string target;
  int status;
  std::string body;
  std::string prefer;
};

std::vector<Case> changesOfDefinitions() {
  return {
      {"planVm", "/v1/vms:plan", 200, kCreate, ""},
      {"planVm", "/v1/vms:plan", 200, kReplace, ""},
      {"planVm", "/v1/vms:plan", 422, "{}", ""},
      {"replaceVm", "/v1/vms/web", 428, kReplace, ""},
      {"patchVm", "/v1/vms/web", 200, R"({"metadata":{"labels":{"a":"b"}},"spec":{"cpus":3,"ignition":null}})", ""},
      {"patchVm", "/v1/vms/web", 422, R"({"spec":{"cpus":0}})", ""},
      {"cloneVm", "/v1/vms/web/clone", 201, R"({"name":"web-2"})", ""},
      {"cloneVm", "/v1/vms/web/clone", 422, R"({"named":"web-2"})", ""},
      {"renameVm", "/v1/vms/web-2/rename", 200, R"({"name":"web-3"})", ""},
  };
}

std::vector<Case> everyOperation() {
  return {
      {"getVersions", "/", 200, "", ""},
      {"getHealth", "/healthz", 200, "", ""},
      {"getReadiness", "/readyz", 200, "", ""},
      {"getServer", "/v1", 200, "", ""},
      {"getMetrics", "/metrics", 200, "", ""},
      {"getCapabilities", "/v1/capabilities", 200, "", ""},
      {"listVms", "/v1/vms", 200, "", ""},
      {"createVm", "/v1/vms", 201, kCreate, ""},
      {"createVm", "/v1/vms", 422, "{}", ""},
      {"listVms", "/v1/vms?fields=metadata.name,status&sort=-state&limit=1", 200, "", ""},
      {"listVms", "/v1/vms?sort=colour", 400, "", ""},
      {"createVm", "/v1/vms", 400, "{", ""},
      {"getVm", "/v1/vms/web", 200, "", ""},
      {"getVm", "/v1/vms/none", 404, "", ""},
      {"startVm", "/v1/vms/web/start", 202, "", ""},
      {"startVm", "/v1/vms/web/start", 200, "", "wait=5"},
      {"stopVm", "/v1/vms/web/stop", 202, R"({"timeout":"5s","escalate":false})", ""},
      {"stopVm", "/v1/vms/web/stop", 422, R"({"timeout":"soon"})", ""},
      {"killVm", "/v1/vms/web/kill", 200, "{}", "wait=5"},
      {"pauseVm", "/v1/vms/web/pause", 202, "", ""},
      {"resumeVm", "/v1/vms/web/resume", 200, "", "wait=5"},
      {"restartVm", "/v1/vms/web/restart", 202, R"({"timeout":"5s"})", ""},
      {"listOperations", "/v1/operations", 200, "", ""},
      {"listOperations", "/v1/operations?vm=web", 200, "", ""},
      {"getOperation", "/v1/operations/" + kOperation, 200, "", ""},
      {"getOperation", "/v1/operations/none", 404, "", ""},
      {"waitOperation", "/v1/operations/" + kOperation + "/wait?timeout=1s", 200, "", ""},
      {"cancelOperation", "/v1/operations/" + kOperation, 200, "", ""},
      {"getPostmortem", "/v1/vms/web/postmortem", 200, "", ""},
      {"getRunnerState", "/v1/vms/web/vfkit/vm/state", 200, "", ""},
      {"changeRunnerState", "/v1/vms/web/vfkit/vm/state", 202, R"({"state":"Pause"})", ""},
      {"inspectRunner", "/v1/vms/web/vfkit/vm/inspect", 200, "", ""},
      {"waitVm", "/v1/vms/web/wait?for=stopped", 200, "", ""},
      {"waitVm", "/v1/vms/web/wait?for=condition=Ready", 200, "", ""},
      {"waitVm", "/v1/vms/web/wait?for=condition=Disk", 400, "", ""},
      {"attachConsole", "/v1/vms/web/console", 426, "", ""},
      {"getConsoleLog", "/v1/vms/web/console/log?tail=4", 200, "", ""},
      {"getConsoleLog", "/v1/vms/web/console/log?tail=4&offset=1", 400, "", ""},
      {"getConsoleLog", "/v1/vms/web/console/log?boot=7", 404, "", ""},
      {"getConsoleStatus", "/v1/vms/web/console/status?marks=true", 200, "", ""},
      {"getRunnerLog", "/v1/vms/web/runner-log", 200, "", ""},
      {"listEvents", "/v1/events?after=0&limit=10&vm=web", 200, "", ""},
      {"backupSystem", "/v1/system/backup", 200, R"({"file":"/backup/microvm.db"})", ""},
      {"backupSystem", "/v1/system/backup", 422, R"({"file":7})", ""},
      {"verifySystem", "/v1/system/verify", 200, "", ""},
      {"listEvents", "/v1/events?since=5m&kind=vm.*", 200, "", ""},
      {"listEvents", "/v1/events?since=soon", 400, "", ""},
      {"createToken", "/v1/tokens", 201, R"({"name":"ci","scopes":"read,operate","lifetime":"720h"})", ""},
      {"createToken", "/v1/tokens", 409, R"({"name":"ci","scopes":"read"})", ""},
      {"createToken", "/v1/tokens", 422, R"({"scopes":"root"})", ""},
      {"listTokens", "/v1/tokens", 200, "", ""},
      {"revokeToken", "/v1/tokens/ci", 204, "", ""},
      {"revokeToken", "/v1/tokens/ci", 404, "", ""},
      {"deleteVm", "/v1/vms/web?force=true", 204, "", ""},
  };
}

}  // namespace

TEST_CASE("what is answered is what the document says, member by member") {
  auto cases = everyOperation();
  const auto changes = changesOfDefinitions();
  cases.insert(cases.begin(), changes.begin(), changes.end());
  Api api;
  std::set<std::string> asked{"getOpenapi", "getOpenapiJson"};

  for (const auto& [id, target, status, body, prefer] : cases) {
    CAPTURE(target);
    CAPTURE(status);
    const auto complaints = api.complaintsAbout(id, target, body, {{"Prefer", prefer}});
    CAPTURE(api.last.body);
    CHECK(api.last.status == status);
    CHECK(complaints == Lines{});
    asked.insert(id);
  }
  CHECK(asked.size() == kOperations.size());
}

TEST_CASE("lines of events and of gaps are what the document says") {
  fake::RunningServer server;
  server.on([](fake::FakeService& service, http::HttpServer&) {
    VmEvent event{7, now(), "i", "web", "vm.running", "runner", "it runs"};
    service.happened.push_back(event);
  });
  const auto answer = server.ask("GET", "/v1/events?after=1", {}, {{"Accept", "application/x-ndjson"}});
  const auto schema = document().responseSchema(operation("listEvents"), 200, "application/x-ndjson");

  std::istringstream lines(answer.body);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    CAPTURE(line);
    CHECK(document().complaints(Json::parse(line), schema, true) == Lines{});
  }
  CHECK(count == 2);
}

namespace {

const std::string kCursor = "6e616d650a610a61";  // behind "a" by name

std::string bodyFor(const std::string& operation) {
  if (operation == "createVm" || operation == "planVm") return kCreate;
  if (operation == "createToken") return R"({"name":"ci","scopes":"read"})";
  return operation == "renameVm" || operation == "cloneVm" ? R"({"name":"other"})" : "";
}

}  // namespace

TEST_CASE("every documented query member is known to its operation, and no other is") {
  const std::map<std::string, std::string> values{
      {"force", "true"},  {"for", "stopped"}, {"timeout", "1s"},   {"offset", "0"},      {"tail", "4"},
      {"mode", "ro"},     {"follow", "true"}, {"after", "0"},      {"limit", "5"},       {"vm", "web"},
      {"runner", "qemu"}, {"since", "5m"},    {"until", "1s"},     {"boot", "0"},        {"marks", "true"},
      {"kind", "vm.*"},   {"label", "a=b"},   {"heartbeat", "1s"}, {"fields", "status"}, {"labelSelector", "a=b"},
      {"sort", "state"},  {"cursor", kCursor}};
  for (const auto& one : document().operations()) {
    Api api;
    auto target = one.path;
    if (const auto at = target.find("{name}"); at != std::string::npos) target.replace(at, 6, "web");
    if (const auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, kOperation);
    std::string needed;
    for (const auto& parameter : one.parameters) {
      if (parameter.at("in") != "query") continue;
      const auto name = parameter.at("name").get<std::string>();
      if (parameter.value("required", false)) needed += name + "=" + values.at(name) + "&";
    }
    const auto body = bodyFor(one.id);
    (void)api.complaintsAbout(one.id, target + "?" + needed + "surprise=1", body);
    CAPTURE(one.id);
    CHECK(api.last.status == 400);
    CHECK(api.last.body.find("surprise") != std::string::npos);
    for (const auto& parameter : one.parameters) {
      if (parameter.at("in") != "query" || one.id == "attachConsole") continue;
      const auto name = parameter.at("name").get<std::string>();
      const auto query = parameter.value("required", false) ? needed : needed + name + "=" + values.at(name);
      if (name == "boot") continue;    // needs one; console_query_test.cpp has it
      if (name == "follow") continue;  // has no end while the VM runs; console_query_test.cpp has it
      CAPTURE(query);
      const auto complaints = api.complaintsAbout(one.id, target + "?" + query, body);
      CHECK(api.last.status < 400);
      CHECK(complaints == Lines{});
    }
  }
}

TEST_CASE("every POST can be sent again safely, and the document says so") {
  for (const auto& one : document().operations()) {
    if (one.method != "POST" || one.id == "createToken") continue;  // whose answer has a secret
    CAPTURE(one.id);
    const auto isKey = [](const Json& parameter) { return parameter.at("name") == "Idempotency-Key"; };
    CHECK(std::any_of(one.parameters.begin(), one.parameters.end(), isKey));
    Api api;
    auto target = one.path;
    if (const auto at = target.find("{name}"); at != std::string::npos) target.replace(at, 6, "web");
    const auto body = one.id == "changeRunnerState" ? R"({"state":"Pause"})" : bodyFor(one.id);

    CHECK(api.complaintsAbout(one.id, target, body, {{"Idempotency-Key", "k"}}) == Lines{});
    const auto first = api.last;
    CHECK(api.complaintsAbout(one.id, target, body, {{"Idempotency-Key", "k"}}) == Lines{});
    CHECK(first.status < 300);
    CHECK_FALSE(first.headers.find("Idempotent-Replayed"));
    CHECK(api.last.headers.find("Idempotent-Replayed") == "true");
    CHECK(api.last.status == first.status);
    CHECK(api.last.body == first.body);
    CHECK(api.last.headers.find("Location") == first.headers.find("Location"));
    CHECK(api.last.headers.find("ETag") == first.headers.find("ETag"));
  }
}
