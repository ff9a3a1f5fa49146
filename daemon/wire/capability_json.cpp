#include "daemon/wire/capability_json.hpp"

#include <nlohmann/json.hpp>

#include "api/core/size.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

Json capabilityToJson(const Capability& capability) {
  Json json{{"support", toText(capability.support)}};
  if (!capability.since.empty()) json["since"] = capability.since;
  if (!capability.why.empty()) json["why"] = capability.why;
  if (!capability.how.empty()) json["how"] = capability.how;
  return json;
}

}  // namespace

Json capabilitiesToJson(const CapabilityRecord& record) {
  Json json;
  json["runner"] = toText(record.target.runner);
  json["program"] = programOf(record.target.runner);
  json["version"] = formatVersion(record.target.version);
  json["host"] = formatHost(record.target.host);
  json["accelerator"] = toText(record.target.accelerator);
  json["machine"] = record.machine;
  json["limits"] = Json::object();
  if (record.limits.memory != 0) json["limits"]["memory"] = formatSize(record.limits.memory);
  if (record.limits.cpus != 0) json["limits"]["cpus"] = record.limits.cpus;
  for (const FeatureName& name : featureNames())
    json["features"][std::string(name.group)][std::string(name.leaf)] = capabilityToJson(record.at(name.feature));
  return json;
}

}  // namespace microvm
