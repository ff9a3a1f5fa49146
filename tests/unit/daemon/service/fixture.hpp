// A service over fakes, and what its tests need again and again.
#pragma once
#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "daemon/async/timing.hpp"
#include "daemon/service/vm_service.hpp"
#include "daemon/store/memory/memory_store.hpp"
#include "tests/support/stand_ins/kernel_head.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/service/fakes.hpp"

namespace microvm::test {

inline constexpr Milliseconds kLong{10'000};

struct Folder {
  std::string file(const std::string& name, const std::string& text) const { return place.write(name, text); }
  TempDir place;
  std::filesystem::path path = place.path();
};

/// What services stand on: a folder, a host of fakes, and a loop that every call runs until it is answered.
struct Ground {
  SupervisorPorts portsWith(Store& store) {
    return SupervisorPorts{context.get_executor(), store, runner, shims, files, logs, probes};
  }
  ServiceSettings settings(SupervisorSettings supervisor = {}) const {
    return ServiceSettings{(folder.path / "state").string(), (folder.path / "run").string(), "", supervisor};
  }

  template <class T>
  Result<T> run(Task<T> task) {
    std::optional<Result<T>> outcome;
    auto take = [&outcome](const std::exception_ptr& thrown, Result<T> result) {
      if (thrown) std::rethrow_exception(thrown);
      outcome = std::move(result);
    };
    net::co_spawn(context, std::move(task), take);
    context.restart();
    while (!outcome && context.run_one_for(kLong) != 0) {
    }
    REQUIRE(outcome);
    return std::move(*outcome);
  }

  Definition definition(const std::string& name = "web") const {
    Definition wanted;
    wanted.name = name;
    wanted.boot = LinuxBoot{folder.file("kernel", kernelHead()), {}, {}};
    return wanted;
  }
  /// Ends it, with what it still waits for.
  void end(VmService& service) {
    service.shutDown();
    context.restart();
    context.poll();
  }

  Folder folder;
  net::io_context context{1};
  FakeHost host{context.get_executor()};
  FakeRunner runner{host};
  FakeShims shims{host};
  FakeLogs logs{host};
  FakeProbes probes;
  BlockingPool files{1};  // ends, with the jobs that it has begun, before what they use
};

/// A service over fakes.
struct Fixture : Ground {
  explicit Fixture(SupervisorSettings supervisor = {}) : service(portsWith(store), settings(supervisor)) {}
  ~Fixture() { end(service); }

  SupervisorPorts ports() { return portsWith(store); }
  void createAndStart() {
    REQUIRE(run(service.create(definition(), "user")));
    REQUIRE(run(service.start("web", "user")));
    REQUIRE(run(service.wait("web", WaitFor::Running, kLong)));
  }
  std::vector<std::string> eventTypes() {
    const auto events = run(service.events(EventQuery{}));
    std::vector<std::string> types;
    for (const auto& event : events->events)
      types.push_back(event.type);
    return types;
  }

  MemoryStore store;
  VmService service;
};

inline StopRequest quickly() {
  StopRequest request;
  request.timeout = Milliseconds(30);
  return request;
}

inline bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace microvm::test
