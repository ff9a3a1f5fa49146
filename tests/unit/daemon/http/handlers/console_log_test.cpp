// daemon/http/handlers/console_log.cpp
#include <doctest/doctest.h>

#include "tests/support/fake_service/running_server.hpp"

using namespace microvm;
using namespace microvm::http;
using namespace microvm::fake;

namespace {

void addVm(RunningServer& server, std::string log = "0123456789") {
  server.on([&](FakeService& service, HttpServer&) {
    service.add("web");
    service.logStart = 100;
    service.log = log;
  });
}

struct Asked {
  int status;
  std::string body;
  std::string range;
  bool operator==(const Asked&) const = default;
};

Asked ask(RunningServer& server, const std::string& query, const std::string& range = {}) {
  std::vector<std::pair<std::string, std::string>> headers;
  if (!range.empty()) headers.emplace_back("Range", range);
  auto response = server.ask("GET", "/v1/vms/web/console/log" + query, "", headers);
  if (response.status >= 400) response.body.clear();
  return {response.status, response.body, std::string(response.headers.find("Content-Range").value_or(""))};
}

}  // namespace

TEST_CASE("the kept log is answered with its place") {
  RunningServer server;
  addVm(server);

  auto response = server.ask("GET", "/v1/vms/web/console/log?offset=104");

  CHECK(response.status == 200);
  CHECK(response.body == "456789");
  CHECK(response.headers.find("Content-Type") == "application/octet-stream");
  CHECK(response.headers.find("Microvm-Console-Start") == "100");
  CHECK(response.headers.find("Microvm-Console-Offset") == "104");
  CHECK(response.headers.find("Microvm-Console-End") == "110");
}

TEST_CASE("a log begins where the query says") {
  RunningServer server;
  addVm(server);

  CHECK(ask(server, "") == Asked{200, "0123456789", ""});
  CHECK(ask(server, "?offset=0") == Asked{200, "0123456789", ""});
  CHECK(ask(server, "?offset=110") == Asked{200, "", ""});
  CHECK(ask(server, "?offset=111") == Asked{416, "", "bytes */110"});
  CHECK(ask(server, "?tail=3") == Asked{200, "789", ""});
  CHECK(ask(server, "?tail=0") == Asked{200, "", ""});
  CHECK(ask(server, "?tail=3&offset=1").status == 400);
  CHECK(ask(server, "?follow=maybe").status == 400);
}

TEST_CASE("a range is cut to what is kept") {
  RunningServer server;
  addVm(server);

  CHECK(ask(server, "", "bytes=102-104") == Asked{206, "234", "bytes 102-104/110"});
  CHECK(ask(server, "", "bytes=108-") == Asked{206, "89", "bytes 108-109/110"});
  CHECK(ask(server, "", "bytes=108-999") == Asked{206, "89", "bytes 108-109/110"});
  CHECK(ask(server, "", "bytes=0-101") == Asked{206, "01", "bytes 100-101/110"});
  CHECK(ask(server, "", "bytes=-2") == Asked{206, "89", "bytes 108-109/110"});
  CHECK(ask(server, "", "bytes=110-") == Asked{416, "", "bytes */110"});
  CHECK(ask(server, "", "bytes=0-50") == Asked{416, "", "bytes */110"});
  CHECK(ask(server, "", "bytes=-0") == Asked{416, "", "bytes */110"});
  CHECK(ask(server, "", "lines=1-2").status == 200);
  CHECK(ask(server, "", "bytes=1-2,4-5").status == 200);
}

TEST_CASE("an empty log has no range and no bytes") {
  RunningServer server;
  server.on([](FakeService& service, HttpServer&) { service.add("web"); });

  CHECK(ask(server, "") == Asked{200, "", ""});
  CHECK(ask(server, "", "bytes=0-") == Asked{416, "", "bytes */0"});
}

TEST_CASE("a long log comes in chunks and is whole") {
  RunningServer server;
  std::string log;
  while (log.size() < 1'000'000)
    log += std::to_string(log.size()) + "\n";
  addVm(server, log);

  auto response = server.ask("GET", "/v1/vms/web/console/log");
  auto range = ask(server, "", "bytes=200-700000");

  CHECK(response.headers.find("Transfer-Encoding") == "chunked");
  CHECK(response.body == log);
  CHECK(range == Asked{206, log.substr(100, 699'801), "bytes 200-700000/" + std::to_string(100 + log.size())});
}

TEST_CASE("following a VM that does not run gives what is kept") {
  RunningServer server;
  addVm(server);

  CHECK(ask(server, "?follow=true&offset=108") == Asked{200, "89", ""});
}
