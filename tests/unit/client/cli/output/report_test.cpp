#include "client/cli/output/report.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::cli;

TEST_CASE("an error is one line, and every unusable member has its own") {
  const Error error{Errc::Invalid,
                    "the definition cannot be used",
                    "see the manual",
                    {{"/spec/cpus", "is 0"}, {"/spec/memory", "is\nodd"}}};

  CHECK(errorText("cannot create \"web\"", Failure{error, {}}) ==
        "microvmctl: cannot create \"web\": the definition cannot be used (invalid). See the manual\n"
        "  /spec/cpus: is 0\n"
        "  /spec/memory: is\\x0aodd\n");
}

TEST_CASE("a failure that the daemon tells names the request, and the client's own none") {
  const Error error{Errc::Internal, "a bug", {}, {}};
  const Error busy{Errc::Busy, "it stops", "microvmctl op list web", {}};

  CHECK(errorText("", Failure{error, R"({"code":"internal","requestId":"r-7"})"}) ==
        "microvmctl: a bug (internal, request r-7)\n");
  CHECK(errorText("", Failure{busy, R"({"code":"busy","requestId":"r-8"})"}) ==
        "microvmctl: it stops (busy, request r-8). Try: microvmctl op list web\n");
  CHECK(errorText("", Failure{busy, {}}) == "microvmctl: it stops (busy). Try: microvmctl op list web\n");
}

TEST_CASE("the problem object is the daemon's own when there is one") {
  const Error error{Errc::Busy, "busy", "wait", {{"/a", "b"}}};
  const std::string own =
      R"({"detail":"busy","code":"busy","hint":"wait","retryable":true,"errors":[{"pointer":"/a","detail":"b"}]})";

  CHECK(problemText(Failure{error, R"({"code": "busy", "requestId": "7"})"}) ==
        "{\"code\":\"busy\",\"requestId\":\"7\"}\n");
  CHECK(problemText(Failure{error, {}}) == own + "\n");
}

TEST_CASE("exit codes tell the kinds of failure apart") {
  const auto code = [](Errc errc, std::string_view problem) {
    const Error error{errc, "x", {}, {}};
    return static_cast<int>(exitCodeOf(Failure{error, problem}));
  };

  CHECK(code(Errc::Io, "") == 1);
  CHECK(code(Errc::Usage, "") == 2);
  CHECK(code(Errc::Usage, "{}") == 1);
  CHECK(code(Errc::Unreachable, "") == 3);
  CHECK(code(Errc::Unreachable, "{}") == 1);
  CHECK(code(Errc::Unavailable, "{}") == 3);
  CHECK(code(Errc::Unavailable, "") == 1);
  CHECK(code(Errc::NotFound, "{}") == 4);
  CHECK(code(Errc::WrongState, "{}") == 5);
  CHECK(code(Errc::AlreadyExists, "{}") == 5);
  CHECK(code(Errc::Timeout, "{}") == 6);
  CHECK(code(Errc::Permission, "") == 7);
}
