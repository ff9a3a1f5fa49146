#include "daemon/http/answering/listing.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

namespace {

Exchange asking(const std::string& query) {
  Exchange exchange;
  auto target = parseTarget("/v1/vms?" + query);
  REQUIRE(target);
  exchange.target = std::move(*target);
  return exchange;
}

ListQuery query(const std::string& text) {
  auto read = readListQuery(asking(text));
  REQUIRE_MESSAGE(read, text);
  return std::move(*read);
}

VmSnapshotPtr vm(const std::string& name, State state, const std::string& team) {
  VmSnapshot snapshot;
  snapshot.view.vm.definition.name = name;
  snapshot.view.vm.definition.labels["team"] = team;
  snapshot.view.vm.state = state;
  return std::make_shared<VmSnapshot>(snapshot);
}

std::vector<VmSnapshotPtr> some() {
  return {vm("a", State::Stopped, "x"), vm("b", State::Running, "y"), vm("c", State::Running, "x"),
          vm("d", State::Broken, "y")};
}

std::string names(const ListPage& page) {
  std::string all;
  for (const auto& one : page.items)
    all += one->view.vm.definition.name;
  return all;
}

}  // namespace

TEST_CASE("a list is ordered and narrowed as asked") {
  CHECK(names(pageOf(some(), query(""))) == "abcd");
  CHECK(names(pageOf(some(), query("sort=-name"))) == "dcba");
  CHECK(names(pageOf(some(), query("sort=state"))) == "dbca");
  CHECK(names(pageOf(some(), query("labelSelector=team%3Dx"))) == "ac");
  CHECK(pageOf(some(), query("")).next.empty());
}

TEST_CASE("pages by their cursors are the whole list, in its order") {
  for (const std::string sort : {"name", "-name", "state", "-state", "createdAt", "-since", "updatedAt"}) {
    CAPTURE(sort);
    const auto whole = names(pageOf(some(), query("sort=" + sort)));
    std::string together;
    std::string cursor;
    do {
      const auto page = pageOf(some(), query("limit=1&sort=" + sort + cursor));
      together += names(page);
      cursor = page.next.empty() ? "" : "&cursor=" + page.next;
    } while (!cursor.empty());
    CHECK(together == whole);
  }
}

TEST_CASE("a VM that goes between two pages hides no other") {
  const auto first = pageOf(some(), query("limit=2"));
  auto fewer = some();
  fewer.erase(fewer.begin(), fewer.begin() + 2);

  CHECK(names(pageOf(fewer, query("limit=2&cursor=" + first.next))) == "cd");
}

TEST_CASE("what is no order, no size of a page and no cursor is refused") {
  const auto byState = pageOf(some(), query("limit=1&sort=state")).next;
  for (const std::string& text : {std::string("sort=colour"), std::string("sort="), std::string("limit=0"),
                                  std::string("limit=1001"), std::string("cursor=abc"), std::string("cursor=zz"),
                                  std::string("cursor=61"), "cursor=" + byState, std::string("labelSelector=%3D")}) {
    CAPTURE(text);
    const auto read = readListQuery(asking(text));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::Usage);
  }
}
