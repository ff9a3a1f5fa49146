#include "daemon/domain/selection/label_selector.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

using Labels = std::map<std::string, std::string>;

bool matches(const std::string& text, const Labels& labels) {
  const auto selector = LabelSelector::parse(text);
  REQUIRE_MESSAGE(selector, text);
  return selector->matches(labels);
}

const Labels kInfra{{"team", "infra"}, {"zone", "a"}, {"empty", ""}};

}  // namespace

TEST_CASE("a selector means those VMs whose labels meet all of it") {
  struct Row {
    const char* selector;
    bool matches;
  };
  for (const auto& [selector, expected] : std::initializer_list<Row>{
           {"", true},
           {"team=infra", true},
           {"team==infra", true},
           {"team = infra , zone = a", true},
           {"team=web", false},
           {"team!=web", true},
           {"owner!=web", true},
           {"team!=infra", false},
           {"zone in (a,b)", true},
           {"zone in ( b , c )", false},
           {"zone notin (b)", true},
           {"owner notin (b)", true},
           {"zone notin (a)", false},
           {"zone", true},
           {"owner", false},
           {"!owner", true},
           {"!zone", false},
           {"team=infra,zone=b", false},
           {"empty=", true},
           {"team=", false},
           {"infra", false},
       }) {
    CAPTURE(selector);
    CHECK(matches(selector, kInfra) == expected);
  }
}

TEST_CASE("keys may have a prefix and be called in") {
  CHECK(matches("example.com/tier=db", {{"example.com/tier", "db"}}));
  CHECK(matches("in in (in)", {{"in", "in"}}));
}

TEST_CASE("what cannot be read is refused with its place") {
  for (const auto* text :
       {"=a", "a=b,", ",a", "a in b", "a in (b", "a notin", "a ~ b", "!", "a=b c", "a in ()x", "(a)"}) {
    CAPTURE(text);
    const auto selector = LabelSelector::parse(text);
    REQUIRE_FALSE(selector);
    CHECK(selector.error().code == Errc::Usage);
    CHECK(selector.error().detail.find("column") != std::string::npos);
  }
  CHECK_FALSE(LabelSelector::parse(std::string(2'000, 'a')));
}
