// A list of very many VMs, a page at a time, while VMs come and go.
#include <map>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/daemon.hpp"

using namespace microvm::test;

namespace {

constexpr int kVms = 1'500;
constexpr int kPage = 100;

/// Makes VMs on one connection: it is the list that is looked at here.
class Maker {
public:
  explicit Maker(const Daemon& daemon) : client_(daemon.api().socket()), body_(daemon.definition("name")) {}

  void make(const std::string& name) {
    body_["metadata"]["name"] = name;
    microvm::http::Request request;
    request.method = "POST";
    request.target = "/v1/vms";
    request.headers.set("Content-Type", "application/json");
    request.body = body_.dump();
    REQUIRE(must(client_.request(std::move(request))).status == 201);
    ++made_;
  }
  [[nodiscard]] int made() const { return made_; }
  void remove(const std::string& name) {
    microvm::http::Request request;
    request.method = "DELETE";
    request.target = "/v1/vms/" + name;
    REQUIRE(must(client_.request(std::move(request))).status == 204);
  }

private:
  microvm::http::UnixClient client_;
  Json body_;
  int made_ = 0;
};

std::string nameOf(int number) {
  return fmt::format("vm-{:05}", number);
}

/// Several at once, which share their commits.
void makeAll(const Daemon& daemon) {
  constexpr int kMakers = 8;
  std::vector<std::thread> makers;
  for (int first = 0; first < kMakers; ++first) {
    makers.emplace_back([&daemon, first] {
      Maker maker(daemon);
      for (int i = first; i < kVms; i += kMakers)
        maker.make(nameOf(i));
    });
  }
  for (auto& one : makers)
    one.join();
}

/// Walks through all pages; behind each a VM is made before, among and behind those to come, and one of each place is
/// deleted. How often each name was seen.
std::map<std::string, int> namesWhileVmsComeAndGo(const Daemon& daemon, Maker& maker, const std::string& sort) {
  std::map<std::string, int> seen;
  std::string target = fmt::format("/v1/vms?limit={}&sort={}&fields=metadata.name", kPage, sort);
  for (int page = 0; !target.empty(); ++page) {
    const auto answer = daemon.api().get(target);
    REQUIRE(answer.status == 200);
    const auto list = answer.json();
    for (const auto& item : list.at("items"))
      ++seen[item.at("metadata").at("name")];
    const auto link = answer.header("Link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    CHECK(list.contains("next") == !target.empty());
    for (const auto* place : {"a", "vm-00750-x", "z"}) {
      maker.make(fmt::format("{}-{}", place, maker.made()));
      if (page > 0) maker.remove(fmt::format("{}-{}", place, maker.made() - 4));
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("a list of very many is whole and without a double, in any order, while VMs come and go") {
  const Daemon daemon;
  makeAll(daemon);
  Maker maker(daemon);

  for (const auto* sort : {"name", "-createdAt", "state"}) {
    CAPTURE(std::string(sort));
    const auto seen = namesWhileVmsComeAndGo(daemon, maker, sort);

    int missing = 0;
    for (int i = 0; i < kVms; ++i)
      missing += seen.contains(nameOf(i)) ? 0 : 1;
    int twice = 0;
    for (const auto& [name, count] : seen)
      twice += count > 1 ? 1 : 0;
    CHECK(missing == 0);
    CHECK(twice == 0);
  }
}
