#include "daemon/vfkit_qemu/rest/change_request.hpp"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit_qemu;

using Row = std::pair<std::string, std::string>;

TEST_CASE("a state is read as Go reads it") {
  const std::vector<Row> rows{{R"({"state":"Stop"})", "Stop"},
                              {" \n{ \"state\" : \"Stop\" } ", "Stop"},
                              {R"({"State":"Stop"})", "Stop"},
                              {R"({"STATE":"Pause","state":"Stop"})", "Stop"},
                              {R"({"state":"Stop","STATE":"Pause"})", "Pause"},
                              {R"({"state":"Stop"} and the rest)", "Stop"},
                              {R"({"other":{"state":"Pause"},"state":"Stop"})", "Stop"},
                              {R"({"state":"Stop","other":[{"state":"Pause"}]})", "Stop"},
                              {R"({"state":"\u0053top"})", "Stop"},
                              {"{}", ""},
                              {"null", ""},
                              {R"({"state":null})", ""},
                              {R"({"states":"Stop"})", ""}};

  for (const auto& [body, wanted] : rows) {
    const auto state = readChangeRequest(body);
    REQUIRE_MESSAGE(state, body);
    CHECK_MESSAGE(*state == wanted, body);
  }
}

TEST_CASE("what is not such a request is refused in Go's words") {
  const std::string field = "json: cannot unmarshal ";
  const std::string intoState = " into Go struct field VMState.state of type string";
  const std::string intoAll = " into Go value of type define.VMState";
  const std::vector<Row> rows{{"", "EOF"},
                              {" \n", "EOF"},
                              {"{", "unexpected EOF"},
                              {R"({"state":"St)", "unexpected EOF"},
                              {"Stop", "invalid character 'S' looking for beginning of value"},
                              {R"({"state":7})", field + "number" + intoState},
                              {R"({"state":true})", field + "bool" + intoState},
                              {R"({"state":{}})", field + "object" + intoState},
                              {R"({"state":["Stop"]})", field + "array" + intoState},
                              {"[]", field + "array" + intoAll},
                              {R"([{"state":"Stop"}])", field + "array" + intoAll},
                              {"7", field + "number" + intoAll},
                              {"\"Stop\"", field + "string" + intoAll}};

  for (const auto& [body, wanted] : rows) {
    const auto state = readChangeRequest(body);
    REQUIRE_FALSE_MESSAGE(state, body);
    CHECK(state.error().code == Errc::Malformed);
    CHECK_MESSAGE(state.error().detail == wanted, body);
  }
}

TEST_CASE("a deep body is read without a deep stack") {
  const std::string deep(50'000, '[');

  const auto state = readChangeRequest(R"({"state":"Stop","other":)" + deep);

  REQUIRE_FALSE(state);
  CHECK(state.error().detail == "unexpected EOF");
}
