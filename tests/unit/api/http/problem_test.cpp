#include "api/http/problem.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::http;

TEST_CASE("every kind of error has a row of its own, and no code is used twice") {
  std::set<std::string_view> codes;
  for (const auto& kind : problemKinds())
    codes.insert(kind.code);
  CHECK(codes.size() == problemKinds().size());

  for (int i = 0; i <= static_cast<int>(Errc::Internal); ++i) {
    auto errc = static_cast<Errc>(i);
    CHECK(problemKind(errc).errc == errc);
    CHECK(reasonPhrase(problemKind(errc).status) != "Unknown");
  }
}

TEST_CASE("an error is written as problem+json") {
  Error error{Errc::Invalid, "the definition is not usable", "see docs", {{"/spec/cpus", "must be at least 1"}}};

  auto response = problemResponse(error, "r1");

  CHECK(response.status == 422);
  CHECK(response.headers.find("Content-Type") == "application/problem+json");
  CHECK(response.body ==
        R"({"type":"https://microvm.dev/errors/invalid","title":"A member has a value that cannot be used",)"
        R"("status":422,"detail":"the definition is not usable","code":"invalid","requestId":"r1","hint":"see docs",)"
        R"("retryable":false,"errors":[{"pointer":"/spec/cpus","detail":"must be at least 1"}]})");
}

TEST_CASE("an error reads back as it was written") {
  for (const auto& kind : problemKinds()) {
    Error error{kind.errc, "what happened", "what to do", {{"/a", "b"}}};

    CHECK(errorFromResponse(problemResponse(kind, error, "r")) == error);
  }
}

TEST_CASE("an answer that is no problem still gives the nearest kind") {
  CHECK(errorFromResponse(Response{.status = 404, .headers = {}, .body = "<html>"}).code == Errc::NotFound);
  CHECK(errorFromResponse(Response{.status = 418, .headers = {}, .body = "[]"}).code == Errc::Usage);
  CHECK(errorFromResponse(Response{.status = 599, .headers = {}, .body = "{\"code\":1}"}).code == Errc::Internal);
}

TEST_CASE("text that is not UTF-8 does not stop the answer") {
  auto response = problemResponse(Error{Errc::Io, "cannot open /tmp/\xff", {}, {}}, "r");

  CHECK(response.status == 500);
  CHECK(response.body.find("cannot open /tmp/\xef\xbf\xbd") != std::string::npos);
}

TEST_CASE("an unavailable daemon says when to come back") {
  CHECK(problemResponse(Error{Errc::Unavailable, "starting", {}, {}}, "r").headers.find("Retry-After") == "1");
}
