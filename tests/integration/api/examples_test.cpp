// Every request that schemas/openapi.yaml and the pages show by example, sent to a real daemon.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/console.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/openapi/document.hpp"
#include "tests/support/socket_viewer.hpp"
#include "tests/support/stand_ins/kernel_head.hpp"

using namespace microvm::test;

namespace {

std::string sourceFolder() {
  return std::getenv("MICROVM_SOURCE");
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

/// A daemon with the files that examples name, which stand in a folder of its own here.
class Stage {
public:
  Stage() {
    for (const auto* kernel : {"images/vmlinuz", "images/initrd"})
      daemon.folder().write(kernel, microvm::kernelHead());
    daemon.folder().write("backup/readme", "copies of the database");
  }

  /// An example's text with the paths of this host.
  [[nodiscard]] std::string here(std::string text) const {
    text = replaced(std::move(text), "\"/images/", "\"" + daemon.folder() / "images/");
    return replaced(std::move(text), "\"/backup/", "\"" + daemon.folder() / "backup/");
  }

  /// Nothing but the VM "web" in this state; "none": not even that.
  void set(const std::string& state) {
    daemon.script(Json::object());
    for (const auto* name : {"web", "web-2"})
      daemon.api().remove(std::string("/v1/vms/") + name + "?force=true");
    daemon.api().remove("/v1/tokens/ci");
    if (state == "none") return;
    auto definition = daemon.definition("web");
    definition["metadata"]["labels"] = {{"team", "infra"}};
    REQUIRE(daemon.api().post("/v1/vms", definition).status == 201);
    daemon.api().post("/v1/tokens", {{"name", "ci"}, {"scopes", "read"}});
    if (state != "stopped") run(state);
  }

  /// Of the VM's newest operation.
  [[nodiscard]] std::string operationId() const {
    const auto items = daemon.api().get("/v1/operations").json().at("items");
    return items.empty() ? "" : items.back().at("id").get<std::string>();
  }

  Daemon daemon;

private:
  void run(const std::string& state) {
    if (state == "stopping") daemon.script({{"onStop", "ignore"}});
    if (state == "echoing") daemon.script({{"console", {{"boot", ""}, {"echo", true}}}});
    if (state == "failed") daemon.script({{"end", {{"on", "die"}, {"code", 1}}}});
    act("start");
    if (state == "paused") act("pause");
    if (state == "stopping") REQUIRE(daemon.api().post("/v1/vms/web/stop").status == 202);
    if (state != "failed") return;
    daemon.give("die");
    waitUntil("what is kept of the end", [&] { return daemon.api().get("/v1/vms/web/postmortem").status == 200; });
  }
  void act(const std::string& verb) {
    REQUIRE(daemon.api().post("/v1/vms/web/" + verb, {}, {{"Prefer", "wait=30"}}).status == 200);
  }
};

/// In which state the VM is when the example is sent; stopped where nothing is said.
const std::map<std::string, std::string> kScenes{
    {"createVm", "none"},          {"createToken", "none"},
    {"getVm", "running"},          {"stopVm", "running"},
    {"killVm", "running"},         {"pauseVm", "running"},
    {"resumeVm", "paused"},        {"restartVm", "running"},
    {"waitVm", "running"},         {"attachConsole", "echoing"},
    {"getRunnerState", "running"}, {"changeRunnerState", "running"},
    {"inspectRunner", "running"},  {"getOperation", "running"},
    {"waitOperation", "running"},  {"cancelOperation", "stopping"},
    {"getPostmortem", "failed"},   {"getConsoleStatus", "running"},
};

/// The status of success; a console cannot be attached to without an upgrade, and says so. attach() has one.
int expectedStatus(const ApiOperation& operation) {
  if (operation.id == "attachConsole") return 426;
  for (const auto& [status, response] : operation.body.at("responses").items()) {
    if (status.starts_with('2')) return std::stoi(status);
  }
  throw std::runtime_error(operation.id + " has no success");
}

enum class Optional { No, Yes };

/// The request of an operation as its examples have it. With Optional::Yes with what may be left out of its query too.
microvm::http::Request exampleOf(const OpenApi& document, const ApiOperation& operation, const Stage& stage,
                                 Optional optional) {
  microvm::http::Request request;
  request.method = operation.method;
  request.target = operation.path;
  for (const auto& parameter : operation.parameters) {
    const std::string name = parameter.at("name");
    const bool isRequired = parameter.value("required", false);
    const bool isHeader = parameter.at("in") == "header";
    REQUIRE_MESSAGE((!isRequired || parameter.contains("example")), operation.id, " has no example of ", name);
    if (!parameter.contains("example") || (!isRequired && !isHeader && optional == Optional::No)) continue;
    std::string value = parameter.at("example");
    if (name == "id") value = stage.operationId();
    if (name == "Idempotency-Key") value += "-" + operation.id;
    if (isHeader) request.headers.set(name, value);
    if (parameter.at("in") == "path") request.target = replaced(request.target, "{" + name + "}", value);
    if (parameter.at("in") != "query") continue;
    request.target +=
        (request.target.find('?') == std::string::npos ? '?' : '&') + name + "=" + replaced(value, "=", "%3D");
  }
  if (!operation.body.contains("requestBody")) return request;
  for (const auto& [type, media] : document.resolve(operation.body.at("requestBody")).at("content").items()) {
    if (media.contains("example")) request.body = stage.here(media.at("example").dump());
    request.headers.set("Content-Type", type);
    break;
  }
  return request;
}

/// The example of a console with each upgrade that it may ask for; api.open() holds the 101 against the document. What
/// is typed comes back from a guest that echoes.
void attach(const std::string& target, const Stage& stage) {
  const auto query = target.substr(std::min(target.find('?'), target.size() - 1) + 1);
  const std::string name = stage.daemon.api().get("/v1/vms").json().at("items").at(0).at("metadata").at("name");
  REQUIRE(target.starts_with("/v1/vms/" + name + "/console"));

  SocketViewer socket(stage.daemon.api(), name, query);
  const auto before = socket.next();
  socket.type("by frames");
  socket.readTo(before + 9);
  CHECK(socket.pieces().back().bytes.ends_with("by frames"));

  ConsoleViewer raw(stage.daemon.api(), name, query);
  raw.type("raw bytes");
  CHECK(raw.readUntil("raw bytes").ends_with("raw bytes"));
}

/// What an example has and the answer has not, or as another kind of value.
void compareShapes(const std::string& place, const Json& example, const Json& answer, std::vector<std::string>& odd) {
  if (example.is_number() ? !answer.is_number() : example.type() != answer.type()) odd.push_back(place);
  if (!example.is_object() || !answer.is_object()) return;
  for (const auto& [name, value] : example.items()) {
    if (answer.contains(name)) compareShapes(place + "/" + name, value, answer.at(name), odd);
    if (!answer.contains(name)) odd.push_back(place + "/" + name);
  }
}

std::vector<std::string> differencesFromExample(const OpenApi& document, const Json& response, const Answer& answer) {
  std::vector<std::string> odd;
  const auto content = document.resolve(response).value("content", Json::object());
  for (const auto& [type, media] : content.items()) {
    if (media.contains("example")) compareShapes("", media.at("example"), answer.json(), odd);
  }
  return odd;
}

/// The words of a command line of a page, as a shell reads them.
std::vector<std::string> wordsOf(const std::string& line, const std::string& socket) {
  const std::string script =
      "api() { printf '%s\\n' \"$@\"; }\ncurl() { shift 2; api \"$@\"; }\n"
      "microvmctl() { echo 'socket  " +
      socket + "'; }\n" + line + "\n";
  const auto read = runProgram("/bin/sh", {"-c", script});
  REQUIRE(read.code == 0);
  std::vector<std::string> words;
  std::istringstream lines(read.out);
  for (std::string word; std::getline(lines, word);)
    words.push_back(std::move(word));
  return words;
}

/// What curl would send for these words.
microvm::http::Request asCurl(const std::vector<std::string>& words, const Stage& stage) {
  const std::string host = "http://localhost";
  microvm::http::Request request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "-i" || word == "-N") continue;
    if (word.starts_with(host)) {
      request.target = word.substr(host.size());
      continue;
    }
    REQUIRE_MESSAGE(i + 1 < words.size(), "this test does not know what ", word, " means to curl");
    const auto& value = words[++i];
    if (word == "-X") request.method = value;
    if (word == "-H") request.headers.set(value.substr(0, value.find(':')), value.substr(value.find(':') + 2));
    if (word == "-d") request.body = value.starts_with('@') ? readText(stage.daemon.folder() / value.substr(1)) : value;
    REQUIRE_MESSAGE((word == "-X" || word == "-H" || word == "-d"), "this test does not know ", word);
  }
  return request;
}

/// The command lines of a page that send something to the daemon's socket.
std::vector<std::string> requestsIn(const std::string& page) {
  std::vector<std::string> found;
  std::istringstream lines(readText(sourceFolder() + "/" + page));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    api ") || line.starts_with("    curl --unix-socket")) found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("every example of the document is carried out, and answered as the document says") {
  const OpenApi document(sourceFolder() + "/schemas/openapi.yaml");
  Stage stage;

  for (const auto& operation : document.operations()) {
    CAPTURE(operation.id);
    const auto scene = kScenes.find(operation.id);
    stage.set(scene == kScenes.end() ? "stopped" : scene->second);
    const auto answer = stage.daemon.api().call(exampleOf(document, operation, stage, Optional::No));
    CAPTURE(answer.text.substr(0, 400));
    CHECK(answer.status == expectedStatus(operation));
    const auto& response = operation.body.at("responses").value(std::to_string(answer.status), Json::object());
    CHECK(differencesFromExample(document, response, answer) == std::vector<std::string>{});
    if (operation.method != "GET") continue;
    const auto whole = exampleOf(document, operation, stage, Optional::Yes);
    CHECK(stage.daemon.api().call(whole).status == answer.status);
    if (operation.id == "attachConsole") attach(whole.target, stage);
  }
}

TEST_CASE("a problem has what the document's example of one has") {
  const OpenApi document(sourceFolder() + "/schemas/openapi.yaml");
  const Daemon daemon;

  const auto answer = daemon.api().get("/v1/vms/web");

  CHECK(answer.status == 404);
  const auto& problem = document.root().at("components").at("responses").at("Problem");
  CHECK(differencesFromExample(document, problem, answer) == std::vector<std::string>{});
}

TEST_CASE("what the pages send with curl is taken, one after the other") {
  Stage stage;
  stage.set("stopped");
  stage.daemon.folder().write("web.json", stage.daemon.definition("web", {{"cpus", 3}}).dump());
  int sent = 0;

  for (const auto* page : {"README.md", "docs/using.md"}) {
    for (auto line : requestsIn(page)) {
      CAPTURE(line);
      const auto tag = stage.daemon.api().get("/v1/vms/web").header("ETag");
      line = replaced(line, "\"3-5c0e...\"", tag);
      const auto request = asCurl(wordsOf(line, stage.daemon.api().socket()), stage);
      const bool isEndless = line.find("-N") != std::string::npos;
      const auto status = isEndless ? stage.daemon.api().open(request.target, request.headers.all()).head().status
                                    : stage.daemon.api().call(request).status;
      CHECK(status == 200);
      ++sent;
    }
  }
  CHECK(sent > 10);
}
