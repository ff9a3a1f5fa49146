#include "daemon/http/answering/projection.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using namespace microvm::http;

namespace {

const auto kVm = nlohmann::ordered_json::parse(
    R"({"metadata":{"name":"web","labels":{"a":"b"}},"spec":{"cpus":2,"boot":{"efi":{}}},"status":{"state":"running"}})");

std::string pick(const char* fields) {
  const auto projection = Projection::parse(fields);
  REQUIRE(projection);
  return projection->of(kVm).dump();
}

}  // namespace

TEST_CASE("a projection has the members that were named, and no other") {
  CHECK(pick("metadata.name,status.state") == R"({"metadata":{"name":"web"},"status":{"state":"running"}})");
  CHECK(pick("status") == R"({"status":{"state":"running"}})");
  CHECK(pick("metadata.labels.a,metadata.labels.c") == R"({"metadata":{"labels":{"a":"b"}}})");
  CHECK(pick("spec.boot.efi") == R"({"spec":{"boot":{"efi":{}}}})");
  CHECK(pick("status.runnerPid") == "{}");
  CHECK(pick("spec.cpus.x") == "{}");
}

TEST_CASE("a field that no VM has is refused, with the one that was meant") {
  for (const auto* text : {"", "name", "status.stat", "metadata.", ",status", "status..state"}) {
    CAPTURE(text);
    const auto projection = Projection::parse(text);
    REQUIRE_FALSE(projection);
    CHECK(projection.error().code == Errc::Usage);
  }
  CHECK(Projection::parse("status.stat").error().hint == "you may mean status.state");
}
