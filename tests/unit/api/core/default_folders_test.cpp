#include "api/core/default_folders.hpp"

#include <doctest/doctest.h>

#include "api/core/run_folder.hpp"

using namespace microvm;

namespace {

std::optional<std::string> nothing(const std::string&) {
  return std::nullopt;
}

std::optional<std::string> onlyHome(const std::string& name) {
  if (name == "HOME") return "/homes/me";
  return std::nullopt;
}

}  // namespace

TEST_CASE("the state folder falls back to the home folder, and without one there is none") {
  CHECK(defaultStateFolder(onlyHome)->rfind("/homes/me/", 0) == 0);
  REQUIRE_FALSE(defaultStateFolder(nothing));
  CHECK(defaultStateFolder(nothing).error().hint.find("--state-dir") != std::string::npos);
}

TEST_CASE("the run folder that nobody names is short and plain") {
  const auto folder = defaultRunFolder(nothing);

  CHECK(checkRunFolder(folder));
}
