// microvmctl api: any request, by hand.
#include <csignal>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/support/daemon.hpp"
#include "tests/support/terminals/terminal.hpp"

using namespace microvm::test;

namespace {

using Words = std::vector<std::string>;

struct Fixture {
  Daemon daemon;

  [[nodiscard]] Words line(const Words& further) const {
    Words words{"--host", "unix://" + daemon.api().socket(), "api"};
    words.insert(words.end(), further.begin(), further.end());
    return words;
  }
  [[nodiscard]] ProgramResult api(const Words& further, const std::string& input = "") const {
    return runProgram(builtProgram("microvmctl"), line(further), {.environment = {}, .input = input});
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a body goes out from the line, a file or standard input, and the answer comes as it is") {
  const Fixture f;
  const auto web = f.daemon.definition("web").dump();
  const auto file = f.daemon.folder().write("db.json", f.daemon.definition("db").dump());

  CHECK(f.api({"POST", "/v1/vms", "-d", web}).code == 0);
  CHECK(f.api({"POST", "/v1/vms", "-d", "@" + file}).code == 0);
  CHECK(f.api({"POST", "/v1/vms", "-d", "-"}, f.daemon.definition("last").dump()).code == 0);
  CHECK(f.api({"PATCH", "/v1/vms/web", "-d", R"({"spec": {"cpus": 3}})"}).code == 0);
  const auto got = f.api({"GET", "/v1/vms/web"});
  CHECK(got.out == f.daemon.api().get("/v1/vms/web").text);
  CHECK(Json::parse(got.out).at("spec").at("cpus") == 3);
  CHECK(f.api({"DELETE", "/v1/vms/last"}).code == 0);
  CHECK(Json::parse(f.api({"GET", "/v1/vms"}).out).at("items").size() == 2);
}

TEST_CASE("the head comes first when it is asked for, and fields go along") {
  const Fixture f;
  f.daemon.create("web");

  const auto started = f.api({"POST", "/v1/vms/web/start", "-i", "-H", "Prefer: wait=20", "-H", "Idempotency-Key:k"});
  CHECK(started.out.starts_with("HTTP/1.1 200 OK\n"));
  CHECK(has(started.out, "\n\n{"));
  CHECK(f.daemon.api().state("web") == "running");
  CHECK(f.api({"HEAD", "/v1/vms", "-i"}).out.starts_with("HTTP/1.1 200 OK\n"));
}

TEST_CASE("a refusal is told and exits as that of any command") {
  const Fixture f;

  const auto none = f.api({"GET", "/v1/vms/none"});
  CHECK(none.code == 4);
  CHECK(none.out == "");
  CHECK(has(none.err, "none"));
  CHECK(f.api({"POST", "/v1/vms", "-d", "{"}).code == 1);
  const auto included = f.api({"GET", "/v1/vms/none", "-i"});
  CHECK(included.code == 4);
  CHECK(included.out.starts_with("HTTP/1.1 404 Not Found\n"));
  CHECK(runProgram(builtProgram("microvmctl"), {"--host", "unix:///nonexistent/api.sock", "api", "GET", "/v1"}).code ==
        3);
}

TEST_CASE("what cannot be sent is refused before anybody is asked") {
  const Fixture f;

  for (const Words& words :
       {Words{"GET", "v1"}, Words{"GET", "/v1/a b"}, Words{"GET", "/v1\nX: y"}, Words{"G T", "/v1"},
        Words{"GET", "/v1", "-H", "nothing"}, Words{"GET", "/v1", "-H", "a b: c"},
        Words{"GET", "/v1", "-H", "X: a\r\nY: b"}, Words{"GET", "/v1", "-H", "Host: me"},
        Words{"GET", "/v1", "-H", "authorization: Bearer x"}, Words{"GET", "/v1", "-H", "content-length: 3"},
        Words{"POST", "/v1", "-d", "@/nonexistent"}, Words{"GET", "/v1", "--timeout", "soon"}, Words{"GET"}}) {
    CAPTURE(words);
    const auto refused = f.api(words);
    CHECK(refused.code == 2);
    CHECK(refused.out == "");
  }
}

TEST_CASE("streams are printed as they come, until interrupted") {
  const Fixture f;
  for (const std::string type : {"text/event-stream", "application/x-ndjson"}) {
    CAPTURE(type);
    Program program(builtProgram("microvmctl"),
                    f.line({"GET", "/v1/events?after=0&follow=true", "-H", "Accept: " + type}));

    f.daemon.create(type.starts_with("text") ? "web" : "db");
    waitUntil("the event", [&] { return has(program.outSoFar(), "\"vm.created\""); });
    program.signal(SIGINT);
    CHECK(program.finish().signal == SIGINT);
  }
}

TEST_CASE("on a terminal JSON is indented") {
  const Fixture f;
  f.daemon.create("web");
  TerminalProgram program(builtProgram("microvmctl"), f.line({"GET", "/v1/vms/web"}));

  const auto seen = program.readUntil("\n}");
  CHECK(has(seen, "{\r\n  \"metadata\": {\r\n    "));
  CHECK(program.finish() == 0);
}
