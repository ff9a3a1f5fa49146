#include "daemon/runner/golang/flag_set.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::golang;

namespace {

/// What a command line of -n (a switch) and -v VALUE sets, in its order; or the error.
std::string setBy(const std::vector<std::string>& words) {
  std::string log;
  const auto note = [&log](const std::string& name) {
    return [&log, name](const std::string& value) -> Result<void> {
      if (value == "bad") return Error{Errc::Usage, "no good", {}, {}};
      log += name + "=" + value + ";";
      return {};
    };
  };
  std::vector<Flag> flags{{"now", 'n', true, note("now")}, {"value", 'v', false, note("value")}};
  const auto parsed = parseFlags(flags, words);
  return parsed ? log : parsed.error().detail;
}

}  // namespace

TEST_CASE("flags are set in the order in which they stand") {
  CHECK(setBy({"--value", "1", "-nv2", "word", "-v=3", "--value=", "-n=no", "-v", "-n"}) ==
        "value=1;now=true;value=2;value=3;value=;now=no;value=-n;");
  CHECK(setBy({"-n", "--", "-n"}) == "now=true;");
  CHECK(setBy({"-test.v", "-ntest.x"}) == "now=true;");
}

TEST_CASE("what is no flag is refused in pflag's words") {
  CHECK(setBy({"-nx"}) == "unknown shorthand flag: 'x' in -x");
  CHECK(setBy({"--nowhere"}) == "unknown flag: --nowhere");
  CHECK(setBy({"-nv"}) == "flag needs an argument: 'v' in -v");
  CHECK(setBy({"--value"}) == "flag needs an argument: --value");
  CHECK(setBy({"--=x"}) == "bad flag syntax: --=x");
  CHECK(setBy({"-vbad"}) == "invalid argument \"bad\" for \"-v, --value\" flag: no good");
}
