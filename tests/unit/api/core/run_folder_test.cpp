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

TEST_CASE("the first folder is taken below which sockets fit and that no runner misreads") {
  const std::string fits = "/Users/me/.microvm/run";
  const std::string longest = "/Users/" + std::string(65, 'a');

  CHECK(firstRunFolder({fits, "/var/folders/x/0/microvm"}) == fits);
  CHECK(firstRunFolder({longest, fits}) == longest);
  CHECK(firstRunFolder({longest + "a", fits}) == fits);
  CHECK(firstRunFolder({"/Users/me, myself/.microvm/run", fits}) == fits);
  CHECK(firstRunFolder({"", "microvm", fits}) == fits);
  CHECK(firstRunFolder({"/Users/J\u00f6rg/.microvm/run"}) == std::nullopt);
}
