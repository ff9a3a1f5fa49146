#include "api/core/run_folder.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("a run folder that is too long or has odd characters is refused with the way out") {
  CHECK(checkRunFolder("/run/user/1000/microvm"));
  CHECK(checkRunFolder("/" + std::string(71, 'x')));
  const auto tooLong = checkRunFolder("/" + std::string(72, 'x'));
  REQUIRE_FALSE(tooLong);
  CHECK(tooLong.error().detail.find("1 bytes too long") != std::string::npos);
  CHECK(tooLong.error().hint.find("--run-dir") != std::string::npos);
  CHECK_FALSE(checkRunFolder("/run/with,comma"));
}
