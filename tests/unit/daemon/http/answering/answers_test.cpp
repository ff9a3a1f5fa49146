#include "daemon/http/answering/answers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using namespace microvm::http;

TEST_CASE("a VM has optional members only where there is something to say") {
  VmView view;
  view.vm.definition.name = "web";
  auto plain = vmToJson(view);
  CHECK_FALSE(plain["status"].contains("runnerPid"));
  CHECK_FALSE(plain["status"].contains("lastExit"));

  view.runnerPid = 1;
  view.shimPid = 2;
  view.startedAt = Timestamp(Milliseconds(0));
  view.vm.lastExit = ExitRecord{.code = 0, .signal = {}, .at = Timestamp(Milliseconds(0)), .reason = "over"};
  auto full = vmToJson(view);

  CHECK(full["status"]["runnerPid"] == 1);
  CHECK(full["status"]["shimPid"] == 2);
  CHECK(full["status"]["startedAt"] == "1970-01-01T00:00:00.000Z");
  CHECK(full["status"]["lastExit"]["reason"] == "over");
  CHECK(full["status"]["lastExit"]["signal"].is_null());
}

TEST_CASE("an ETag starts with the generation and changes with the state") {
  VmView view;
  view.vm.generation = 3;
  std::string before(*vmAnswer(200, view).response.headers.find("ETag"));
  view.vm.state = State::Running;
  std::string after(*vmAnswer(200, view).response.headers.find("ETag"));

  CHECK(before.starts_with("\"3-"));
  CHECK(before != after);
}

TEST_CASE("text that is no UTF-8 does not stop an answer") {
  VmView view;
  view.vm.reason = "cannot open \xff";

  CHECK(vmAnswer(200, view).response.body.find("cannot open \xef\xbf\xbd") != std::string::npos);
}
