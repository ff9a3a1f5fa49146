#include "daemon/app/descriptor_limit.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("the limit of open files is raised as far as it helps and the system lets us") {
  CHECK(wantedDescriptors({256, RLIM_INFINITY}, 10'240) == 10'240);
  CHECK(wantedDescriptors({256, RLIM_INFINITY}, 245'760) == 65'536);
  CHECK(wantedDescriptors({1'024, 4'096}, RLIM_INFINITY) == 4'096);
  CHECK(wantedDescriptors({1'024, 1'048'576}, RLIM_INFINITY) == 65'536);
}

TEST_CASE("the limit of open files is never lowered") {
  CHECK(wantedDescriptors({500'000, 1'000'000}, RLIM_INFINITY) == 500'000);
  CHECK(wantedDescriptors({20'480, RLIM_INFINITY}, 10'240) == 20'480);
}
