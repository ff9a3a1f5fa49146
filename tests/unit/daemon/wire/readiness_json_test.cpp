#include "daemon/wire/readiness_json.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using Json = nlohmann::ordered_json;

namespace {

Readiness read(const char* text) {
  const auto json = Json::parse(text);
  std::vector<FieldError> errors;
  auto readiness = readReadiness(JsonReader(json, "/spec/readiness", errors));
  CHECK(errors.empty());
  return readiness;
}

}  // namespace

TEST_CASE("the runner's word is known without a probe") {
  CHECK(read(R"({"runner":true})").empty());
  CHECK(read(R"({"runner":true,"console":"login:"})") == Readiness{Probe(ConsoleSign{"login:"})});
  CHECK(toJson(Readiness{}).dump() == R"({"runner":true})");
}

TEST_CASE("a sign that is looked for as usual is its value alone, in any order") {
  const auto readiness =
      read(R"({"http":"http://127.0.0.1/","tcp":{"address":"127.0.0.1:22"},"vsock":22,"console":"a"})");

  CHECK(readiness == Readiness{Probe(ConsoleSign{"a"}), Probe(VsockSign{22}), Probe(TcpSign{"127.0.0.1:22"}),
                               Probe(HttpSign{"http://127.0.0.1/"})});
  CHECK(readiness[1].timing.timeout == Milliseconds(3'000));
  CHECK(toJson(readiness).dump() == R"({"console":"a","vsock":22,"tcp":"127.0.0.1:22","http":"http://127.0.0.1/"})");
}

TEST_CASE("a sign with a timing of its own is written whole, and read back") {
  const auto readiness =
      read(R"({"runner":{},"http":{"url":"http://127.0.0.1/","interval":"10s","onFailure":"restart"}})");

  REQUIRE(readiness.size() == 2);
  CHECK(readiness[1].onFailure == OnProbeFailure::Restart);
  const auto written = toJson(readiness);
  CHECK(written["http"].dump() ==
        R"({"url":"http://127.0.0.1/","initialDelay":"0s","interval":"10s","timeout":"1s","failureThreshold":3,)"
        R"("successThreshold":1,"onFailure":"restart"})");
  CHECK(read(written.dump().c_str()) == readiness);
}

TEST_CASE("conditions are written as Kubernetes writes them") {
  const Conditions conditions{{"Ready", ConditionStatus::False, "Waiting", "Tcp: refused", Timestamp(Milliseconds(1))}};

  CHECK(conditionsToJson(conditions).dump() ==
        R"([{"type":"Ready","status":"False","reason":"Waiting","message":"Tcp: refused",)"
        R"("lastTransitionTime":"1970-01-01T00:00:00.001Z"}])");
}
