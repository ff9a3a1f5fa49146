#include "api/wire/json_reader.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace microvm;
using Json = nlohmann::ordered_json;

namespace {

enum class Fruit { Apple, Pear };
constexpr Choice<Fruit> kFruits[] = {{"apple", Fruit::Apple}, {"pear", Fruit::Pear}};

}  // namespace

TEST_CASE("members of the right type are read without errors") {
  const Json json =
      Json::parse(R"({"s":"x","b":true,"n":7,"i":-3,"l":["a","b"],"m":{"k":"v"},"o":{"z":1},"f":"pear"})");
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);

  CHECK(reader.requiredString("s") == "x");
  CHECK(reader.boolean("b") == true);
  CHECK(reader.wholeNumber("n", 1, 10) == 7);
  CHECK(reader.integer("i") == -3);
  CHECK(reader.strings("l", 2) == std::vector<std::string>{"a", "b"});
  CHECK(reader.stringMap("m", 1) == std::map<std::string, std::string>{{"k", "v"}});
  CHECK(reader.requiredObject("o")->wholeNumber("z", 0, 1) == 1);
  CHECK(reader.choice("f", kFruits) == Fruit::Pear);
  reader.refuseUnknown();
  CHECK(errors.empty());
}

TEST_CASE("absent members are no errors unless they are required") {
  const Json json = Json::object();
  std::vector<FieldError> errors;
  JsonReader reader(json, "/spec", errors);

  CHECK_FALSE(reader.string("a").has_value());
  CHECK_FALSE(reader.object("b").has_value());
  CHECK(reader.objects("c", 1).empty());
  CHECK_FALSE(reader.requiredString("d").has_value());
  CHECK_FALSE(reader.requiredObject("e").has_value());
  CHECK(errors == std::vector<FieldError>{{"/spec/d", "is required"}, {"/spec/e", "is required"}});
}

TEST_CASE("a wrong type is named with what was found") {
  const Json json = Json::parse(R"({"s":1,"b":"yes","n":1.5,"l":{},"m":[],"o":"x","z":null,"e":[1,"a"]})");
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);

  reader.string("s");
  reader.boolean("b");
  reader.wholeNumber("n", 0, 9);
  reader.strings("l", 9);
  reader.stringMap("m", 9);
  reader.object("o");
  reader.string("z");
  reader.strings("e", 9);

  CHECK(errors == std::vector<FieldError>{{"/s", "must be a string, not a whole number"},
                                          {"/b", "must be true or false, not a string"},
                                          {"/n", "must be a whole number, not a number with a fraction"},
                                          {"/l", "must be a list of strings, not an object"},
                                          {"/m", "must be an object of strings, not a list"},
                                          {"/o", "must be an object, not a string"},
                                          {"/z", "must be a string, not null; leave it out for the default"},
                                          {"/e/0", "must be a string, not a whole number"}});
}

TEST_CASE("an unknown member is refused with the nearest known name") {
  const Json json = Json::parse(R"({"memroy":1,"CPUS":2,"colour":3,"a/b":4})");
  std::vector<FieldError> errors;
  JsonReader reader(json, "/spec", errors);
  reader.find("memory");
  reader.find("cpus");

  reader.refuseUnknown();

  CHECK(errors ==
        std::vector<FieldError>{{"/spec/memroy", "\"memroy\" is not a member that is known here; did you mean memory?"},
                                {"/spec/CPUS", "\"CPUS\" is not a member that is known here; did you mean cpus?"},
                                {"/spec/colour", "\"colour\" is not a member that is known here"},
                                {"/spec/a~1b", "\"a/b\" is not a member that is known here"}});
}

TEST_CASE("numbers out of range are refused") {
  const Json json = Json::parse(R"({"a":-1,"b":11,"c":18446744073709551615})");
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);

  CHECK_FALSE(reader.wholeNumber("a", 0, 10).has_value());
  CHECK_FALSE(reader.wholeNumber("b", 0, 10).has_value());
  CHECK_FALSE(reader.integer("c").has_value());
  CHECK(errors.size() == 3);
}

TEST_CASE("a text that is no choice is refused with the choices") {
  const Json json = Json::parse(R"({"f":"paer"})");
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);

  CHECK_FALSE(reader.choice("f", kFruits).has_value());
  CHECK(errors == std::vector<FieldError>{{"/f", "\"paer\" is not one of apple, pear; did you mean pear?"}});
}

TEST_CASE("a value that is no object is one error and has no members") {
  const Json json = Json::parse("[1]");
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);

  CHECK_FALSE(reader.requiredString("a").has_value());
  reader.refuseUnknown();
  CHECK(errors == std::vector<FieldError>{{"", "must be an object, not a list"}});
}

TEST_CASE("a list over its cap is refused whole") {
  const Json json = Json::parse(R"({"l":["a","b","c"],"o":[{},{}]})");
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);

  CHECK_FALSE(reader.strings("l", 2).has_value());
  CHECK(reader.objects("o", 1).empty());
  CHECK(errors == std::vector<FieldError>{{"/l", "has 3 entries; at most 2 are taken"},
                                          {"/o", "has 2 entries; at most 1 are taken"}});
}
