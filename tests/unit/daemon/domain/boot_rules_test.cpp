#include "daemon/domain/boot_rules.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

template <class... Arguments>
std::vector<std::string> problems(void (*check)(Arguments...), const auto&... arguments) {
  std::vector<FieldError> errors;
  check(arguments..., errors);
  std::vector<std::string> texts;
  for (const FieldError& error : errors)
    texts.push_back(error.pointer + " " + error.detail);
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("firmware keeps its variables where a plain name says, or in the VM's folder") {
  CHECK(problems(checkBoot, Boot{EfiBoot{}}, Graphics{}).empty());
  CHECK(problems(checkBoot, Boot{EfiBoot{"/my, vms/efi.vars"}}, Graphics{}).empty());
  CHECK(problems(checkBoot, Boot{EfiBoot{"efi.vars"}}, Graphics{}) ==
        Texts{"/spec/boot/efi/variableStore \"efi.vars\" is not absolute; a path begins with /"});
  CHECK(problems(checkBoot, Boot{EfiBoot{"/a/b,c"}}, Graphics{}).size() == 1);
}

TEST_CASE("cloud-init has user data or meta data") {
  CHECK(problems(checkCloudInit, CloudInit{"/u", {}, {}}).empty());
  CHECK(problems(checkCloudInit, CloudInit{{}, {}, "/n"}) ==
        Texts{"/spec/cloudInit has neither userData nor metaData; cloud-init needs one of them"});
  CHECK(problems(checkCloudInit, CloudInit{"u", "m", "n"}).size() == 3);
}

TEST_CASE("further arguments are text") {
  using Words = std::vector<std::string>;
  CHECK(problems(checkExtraArgs, Words{"--pidfile", "/a b,c"}).empty());
  CHECK(problems(checkExtraArgs, Words{"", std::string("\0", 1), "\xff", std::string(4097, 'a')}).size() == 4);
  CHECK(problems(checkExtraArgs, Words(65, "a")) == Texts{"/spec/extraArgs has 65 entries; at most 64 are taken"});
}
