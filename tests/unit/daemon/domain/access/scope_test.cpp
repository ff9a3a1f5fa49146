// daemon/domain/access/scope.cpp
#include "daemon/domain/access/scope.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("scopes are read and written as words") {
  CHECK(Scopes::parse("operate,read").value().text() == "read,operate");
  CHECK(Scopes::parse("admin").value() == Scopes{Scope::Admin});
  for (const char* bad : {"", "root", "read,", "read operate"}) {
    CAPTURE(bad);
    CHECK(Scopes::parse(bad).error().code == Errc::Usage);
  }
}

TEST_CASE("admin may do everything, and whoever may do something may look") {
  CHECK(Scopes{Scope::Admin}.grant(Scope::Console));
  CHECK(Scopes{Scope::Admin}.grant(Scope::Operate));
  CHECK(Scopes{Scope::Operate}.grant(Scope::Read));
  CHECK(Scopes{Scope::Console}.grant(Scope::Read));
  CHECK_FALSE(Scopes{Scope::Operate}.grant(Scope::Console));
  CHECK_FALSE(Scopes{Scope::Console}.grant(Scope::Operate));
  CHECK_FALSE(Scopes{Scope::Read}.grant(Scope::Console));
  CHECK_FALSE(Scopes{}.grant(Scope::Read));
}
