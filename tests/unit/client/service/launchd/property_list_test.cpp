#include "client/service/launchd/property_list.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using namespace microvm::service;
using Json = nlohmann::ordered_json;

TEST_CASE("a property list is written as Apple's tools write it") {
  const auto text = writePropertyList({{"Label", "a"}, {"Words", {"b", 3}}, {"On", true}, {"Off", false}}, "ours");

  REQUIRE(text);
  CHECK(*text == R"(<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ours -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>a</string>
  <key>Words</key>
  <array>
    <string>b</string>
    <integer>3</integer>
  </array>
  <key>On</key>
  <true/>
  <key>Off</key>
  <false/>
</dict>
</plist>
)");
}

TEST_CASE("what is written is read back, whatever the texts are") {
  const Json list{{"a & b", "<x> \"y\" 'z' &amp; ]]>"},
                  {"umlaut", "/Volumes/zo\xc3\xab/My VMs"},
                  {"empty", ""},
                  {"none", Json::array()},
                  {"nothing", Json::object()},
                  {"deep", {{"er", {{"still", -7}}}}}};

  const auto text = writePropertyList(list, "a > b");

  REQUIRE(text);
  const auto read = readPropertyList(*text);
  REQUIRE(read);
  CHECK(*read == list);
}

TEST_CASE("what XML cannot hold is refused with its place") {
  const auto refused = writePropertyList({{"a", {"fine", "bell \a"}}, {"b", 1.5}, {"c", "\xff"}}, "");

  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().errors.size() == 3);
  CHECK(refused.error().errors[0].pointer == "/a/1");
  CHECK(refused.error().errors[1].pointer == "/b");
  CHECK(refused.error().errors[2].pointer == "/c");
}

TEST_CASE("a list of other tools is read: comments, blanks, entities") {
  const auto read = readPropertyList(
      "<?xml version=\"1.0\"?>\n<!-- a -->\n<plist>\n\t<dict><key>A</key><!-- b --> "
      "<string>&lt;1&gt;&quot;&apos;</string>"
      "<key>B</key><array/></dict>\n</plist>");

  REQUIRE(read);
  CHECK(*read == Json{{"A", "<1>\"'"}, {"B", Json::array()}});
}

TEST_CASE("what is no property list is refused with the place") {
  for (const auto* text : {"", "bplist00\x01", "<plist>", "<plist><dict></plist>", "<plist><dict><key>a</dict></plist>",
                           "<plist><integer>x</integer></plist>", "<plist><string>a</plist>",
                           "<plist><dict><string>a</string></dict></plist>", "<plist><date>1</date></plist>",
                           "<plist><string>&unknown;</string></plist>"}) {
    CAPTURE(text);
    const auto refused = readPropertyList(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("at byte") != std::string::npos);
  }
  std::string deep = "<plist>";
  for (int i = 0; i < 1000; ++i)
    deep += "<array>";
  CHECK_FALSE(readPropertyList(deep));
}
