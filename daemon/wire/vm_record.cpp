#include "daemon/wire/vm_record.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"
#include "api/wire/json_reader.hpp"
#include "daemon/wire/definition_json.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

constexpr std::size_t kRunIdDigits = 8;
constexpr auto kMostGenerations = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Result<std::string> parseRunId(std::string_view text) {
  const bool isHex =
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.size() == kRunIdDigits && isHex) return std::string(text);
  return Error{Errc::Invalid, "is not 8 lower-case hexadecimal digits", {}, {}};
}

/// A form that is too new says nothing about its other members, so it is told alone.
Result<void> checkFormat(const Json& json) {
  std::vector<FieldError> errors;
  JsonReader reader(json, "", errors);
  const auto format = reader.wholeNumber("format", 1, std::numeric_limits<unsigned>::max());
  if (!errors.empty()) return invalidMembers(std::move(errors));
  if (!format) return Error{Errc::Invalid, "it has no format number", {}, {}};
  if (*format <= kVmRecordFormat) return {};
  return Error{Errc::Invalid,
               fmt::format("it has format {}; this microvmd knows formats up to {}", *format, kVmRecordFormat),
               "run the newer microvmd that wrote it",
               {}};
}

}  // namespace

std::string vmRecordText(const Vm& vm) {
  Json json;
  json["format"] = kVmRecordFormat;
  json["id"] = vm.id;
  json["runId"] = vm.runId;
  json["generation"] = vm.generation;
  json["createdAt"] = formatTimestamp(vm.createdAt);
  json["updatedAt"] = formatTimestamp(vm.updatedAt);
  json["definition"] = definitionToJson(vm.definition);
  return json.dump(2) + "\n";
}

Result<Vm> parseVmRecord(std::string_view text) {
  auto json = parseJson(text);
  if (!json) return std::move(json).error();
  if (auto known = checkFormat(*json); !known) return std::move(known).error();
  std::vector<FieldError> errors;
  JsonReader reader(*json, "", errors);
  Vm vm;
  (void)reader.find("format");
  if (auto id = reader.requiredString("id")) vm.id = std::move(*id);
  for (const auto* name : {"runId", "createdAt", "updatedAt", "generation", "definition"}) {
    if (!reader.has(name)) reader.fail(name, "is required");
  }
  if (auto runId = reader.parsed("runId", parseRunId)) vm.runId = std::move(*runId);
  if (const auto number = reader.wholeNumber("generation", 1, kMostGenerations)) vm.generation = *number;
  if (const auto time = reader.parsed("createdAt", parseTimestamp)) vm.createdAt = *time;
  if (const auto time = reader.parsed("updatedAt", parseTimestamp)) vm.updatedAt = *time;
  const Json* written = reader.find("definition");
  reader.refuseUnknown();
  if (!errors.empty()) return invalidMembers(std::move(errors));
  auto definition = definitionFromJson(*written);
  if (!definition) return std::move(definition).error();
  vm.definition = std::move(*definition);
  return vm;
}

}  // namespace microvm
