#include "daemon/store/memory/memory_store.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

using namespace microvm;

namespace {

Result<std::vector<VmEvent>> run(Task<std::vector<VmEvent>> task) {
  net::io_context context(1);
  Result<std::vector<VmEvent>> result;
  net::co_spawn(context, std::move(task), [&result](const std::exception_ptr&, Result<std::vector<VmEvent>> ended) {
    result = std::move(ended);
  });
  context.run();
  return result;
}

Vm makeVm(const std::string& id) {
  Vm vm;
  vm.id = id;
  vm.definition.name = id;
  return vm;
}

}  // namespace

TEST_CASE("the next write fails as told and changes nothing, the one after works") {
  MemoryStore store;
  const Error full{Errc::DiskFull, "no space", {}, {}};
  store.failNextWrite(full);

  const auto first = run(store.insert(makeVm("a"), {}));
  const auto second = run(store.insert(makeVm("a"), {}));

  REQUIRE_FALSE(first.has_value());
  CHECK(first.error() == full);
  CHECK(second.has_value());
  CHECK(store.vms().size() == 1);
}
