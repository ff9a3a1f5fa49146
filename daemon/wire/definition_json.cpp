#include "daemon/wire/definition_json.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/domain/definition/limits.hpp"
#include "daemon/wire/device_json.hpp"
#include "daemon/wire/foreign_members.hpp"
#include "daemon/wire/members.hpp"
#include "daemon/wire/policy_json.hpp"
#include "daemon/wire/readiness_json.hpp"
#include "daemon/wire/volume_json.hpp"

namespace microvm {

namespace {

constexpr Choice<RunnerKind> kRunners[] = {{"auto", RunnerKind::Auto},
                                           {"vfkit", RunnerKind::Vfkit},
                                           {"krunkit", RunnerKind::Krunkit},
                                           {"qemu", RunnerKind::Qemu}};
constexpr Choice<RunnerLogLevel> kLogLevels[] = {
    {"error", RunnerLogLevel::Error}, {"info", RunnerLogLevel::Info}, {"debug", RunnerLogLevel::Debug}};

void readMetadata(JsonReader metadata, Definition& definition) {
  assign(definition.name, metadata.requiredString("name"));
  assign(definition.labels, metadata.stringMap("labels", kMostRead));
  assign(definition.isProtected, metadata.boolean("protect"));
  metadata.refuseUnknown();
}

LinuxBoot readLinux(JsonReader reader) {
  LinuxBoot boot;
  assign(boot.kernel, reader.requiredString("kernel"));
  assign(boot.initrd, reader.string("initrd"));
  assign(boot.cmdline, reader.strings("cmdline", kMostRead));
  reader.refuseUnknown();
  return boot;
}

EfiBoot readEfi(JsonReader reader) {
  EfiBoot boot;
  assign(boot.variableStore, reader.string("variableStore"));
  reader.refuseUnknown();
  return boot;
}

Boot readBoot(JsonReader reader) {
  auto linuxBoot = reader.object("linux");
  auto efi = reader.object("efi");
  Boot boot;
  if (linuxBoot) boot = readLinux(std::move(*linuxBoot));
  if (efi) {
    EfiBoot read = readEfi(std::move(*efi));
    if (!linuxBoot) boot = std::move(read);
    if (linuxBoot) reader.fail("efi", "stands beside linux; a VM boots one of them");
  }
  reader.refuseUnknown();
  return boot;
}

constexpr const char* kNothingToBoot = "names nothing to boot; give linux, with a kernel, or efi";

/// One that is no object is told of by its reader.
bool bootsNothing(const Json* boot) {
  return boot != nullptr && boot->is_object() && !boot->contains("linux") && !boot->contains("efi");
}

template <class T>
void readList(JsonReader& spec, std::string_view name, std::vector<T>& target, T (*read)(JsonReader)) {
  for (JsonReader& reader : spec.objects(name, kMostRead))
    target.push_back(read(reader));
}

template <class T, class U>
void readObject(JsonReader& spec, std::string_view name, T& target, U (*read)(JsonReader)) {
  if (auto reader = spec.object(name)) target = read(std::move(*reader));
}

void readSpec(JsonReader spec, Definition& definition) {
  assign(definition.runner, spec.choice("runner", kRunners));
  assign(definition.cpus, spec.wholeNumber("cpus", 1, kMostCpus));
  assign(definition.memory, readMemory(spec, "memory"));
  if (bootsNothing(spec.find("boot"))) spec.fail("boot", kNothingToBoot);
  if (auto boot = spec.requiredObject("boot", "give linux, with a kernel, or efi"))
    definition.boot = readBoot(std::move(*boot));
  readList(spec, "volumes", definition.volumes, readVolume);
  readList(spec, "shares", definition.shares, readShare);
  readList(spec, "interfaces", definition.interfaces, readInterface);
  readList(spec, "vsock", definition.vsock, readVsockPort);
  readObject(spec, "console", definition.console, readConsole);
  readObject(spec, "graphics", definition.graphics, readGraphics);
  readObject(spec, "rosetta", definition.rosetta, readRosetta);
  assign(definition.balloon, spec.boolean("balloon"));
  assign(definition.nested, spec.boolean("nested"));
  readObject(spec, "timesync", definition.timesync, readTimesync);
  readObject(spec, "cloudInit", definition.cloudInit, readCloudInit);
  assign(definition.ignition, spec.string("ignition"));
  assign(definition.logLevel, spec.choice("logLevel", kLogLevels));
  assign(definition.extraArgs, spec.strings("extraArgs", kMostRead));
  definition.autostart = readAutostart(spec);
  readObject(spec, "restart", definition.restart, readRestart);
  readObject(spec, "stop", definition.stop, readStop);
  readObject(spec, "readiness", definition.readiness, readReadiness);
  spec.refuseUnknown();
}

Json bootToJson(const LinuxBoot& boot) {
  Json json{{"kernel", boot.kernel}};
  if (boot.initrd) json["initrd"] = *boot.initrd;
  json["cmdline"] = boot.cmdline;
  return Json{{"linux", std::move(json)}};
}

Json bootToJson(const EfiBoot& boot) {
  Json json = Json::object();
  if (!boot.variableStore.empty()) json["variableStore"] = boot.variableStore;
  return Json{{"efi", std::move(json)}};
}

template <class T>
Json listToJson(const std::vector<T>& list, Json (*write)(const T&)) {
  Json json = Json::array();
  for (const T& each : list)
    json.push_back(write(each));
  return json;
}

Json specToJson(const Definition& definition) {
  Json spec;
  spec["runner"] = textOf(definition.runner, kRunners);
  spec["cpus"] = definition.cpus;
  spec["memory"] = formatSize(definition.memory);
  spec["boot"] = std::visit([](const auto& boot) { return bootToJson(boot); }, definition.boot);
  spec["volumes"] = listToJson(definition.volumes, volumeToJson);
  spec["shares"] = listToJson<Share>(definition.shares, toJson);
  spec["interfaces"] = listToJson<Interface>(definition.interfaces, toJson);
  spec["vsock"] = listToJson<VsockPort>(definition.vsock, toJson);
  spec["console"] = toJson(definition.console);
  spec["graphics"] = toJson(definition.graphics);
  spec["rosetta"] = toJson(definition.rosetta);
  spec["balloon"] = definition.balloon;
  spec["nested"] = definition.nested;
  if (definition.timesync) spec["timesync"] = toJson(*definition.timesync);
  if (definition.cloudInit) spec["cloudInit"] = toJson(*definition.cloudInit);
  if (definition.ignition) spec["ignition"] = *definition.ignition;
  spec["logLevel"] = textOf(definition.logLevel, kLogLevels);
  spec["extraArgs"] = definition.extraArgs;
  spec["autostart"] = toJson(definition.autostart);
  spec["restart"] = toJson(definition.restart);
  spec["stop"] = toJson(definition.stop);
  spec["readiness"] = toJson(definition.readiness);
  return spec;
}

/// What names only a guest that is none of ours has one fault and not two.
void tellForeignBoot(std::vector<FieldError>& errors, std::vector<FieldError>& foreign) {
  const auto nothing = std::find(errors.begin(), errors.end(), FieldError{"/spec/boot", kNothingToBoot});
  const auto named = std::find_if(foreign.begin(), foreign.end(),
                                  [](const FieldError& each) { return each.pointer.starts_with("/spec/boot/"); });
  if (nothing == errors.end() || named == foreign.end()) return;
  nothing->detail = std::move(named->detail);
  foreign.erase(named);
}

}  // namespace

Draft draftFromJson(const Json& json) {
  Draft draft;
  Json known = json;
  ForeignMembers foreign = takeForeignMembers(known);
  draft.asks = std::move(foreign.asks);
  JsonReader root(known, "", draft.errors);
  if (auto metadata = root.requiredObject("metadata")) readMetadata(std::move(*metadata), draft.definition);
  if (auto spec = root.requiredObject("spec")) readSpec(std::move(*spec), draft.definition);
  root.refuseUnknown();
  tellForeignBoot(draft.errors, foreign.errors);
  draft.errors.insert(draft.errors.end(), foreign.errors.begin(), foreign.errors.end());
  return draft;
}

Result<Definition> definitionFromJson(const Json& json) {
  Draft draft = draftFromJson(json);
  for (const Ask& ask : draft.asks)
    draft.errors.push_back({ask.pointer, "cannot be kept: it is nothing that a runner could do"});
  if (json.is_object()) {
    if (const auto valid = validate(draft.definition); !valid) addUntold(draft.errors, valid.error().errors);
  }
  if (!draft.errors.empty()) return invalidMembers(std::move(draft.errors));
  return std::move(draft.definition);
}

Json definitionToJson(const Definition& definition) {
  Json metadata;
  metadata["name"] = definition.name;
  metadata["labels"] = Json::object();
  for (const auto& [key, value] : definition.labels)
    metadata["labels"][key] = value;
  metadata["protect"] = definition.isProtected;
  Json json;
  json["metadata"] = std::move(metadata);
  json["spec"] = specToJson(definition);
  return json;
}

}  // namespace microvm
