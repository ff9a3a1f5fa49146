#include "daemon/wire/definition_json.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "api/wire/json_reader.hpp"
#include "daemon/domain/mac.hpp"

namespace microvm {

namespace {

using Json = nlohmann::ordered_json;

// What is read before validate() sees it is bounded too, well above validate()'s own limits, which explain themselves.
constexpr std::size_t kMostRead = 1'000;
constexpr std::uint64_t kMostNumber = std::numeric_limits<unsigned>::max();

constexpr Choice<RunnerKind> kRunners[] = {
    {"auto", RunnerKind::Auto}, {"vfkit", RunnerKind::Vfkit}, {"qemu", RunnerKind::Qemu}};
constexpr Choice<RunnerLogLevel> kLogLevels[] = {
    {"error", RunnerLogLevel::Error}, {"info", RunnerLogLevel::Info}, {"debug", RunnerLogLevel::Debug}};
constexpr Choice<InterfaceType> kInterfaceTypes[] = {{"nat", InterfaceType::Nat}};

template <class T, std::size_t N>
std::string textOf(T value, const Choice<T> (&choices)[N]) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return std::string(choice.text);
  }
  return {};
}

template <class T, class U>
void assign(T& target, std::optional<U>&& value) {
  if (value) target = static_cast<T>(std::move(*value));
}

/// A size as text with its unit, or a bare number of bytes.
std::optional<std::uint64_t> readSize(JsonReader& reader, std::string_view name) {
  const Json* found = reader.find(name);
  if (found != nullptr && found->is_number()) {
    return reader.wholeNumber(name, 0, std::numeric_limits<std::uint64_t>::max());
  }
  return reader.parsed(name, parseSize);
}

/// A size that needs its unit: for memory people mean mebibytes when they write none.
std::optional<std::uint64_t> readMemory(JsonReader& reader, std::string_view name) {
  const Json* found = reader.find(name);
  const bool isBare =
      found != nullptr && (found->is_number() ||
                           (found->is_string() && !found->get_ref<const std::string&>().empty() &&
                            found->get_ref<const std::string&>().find_first_not_of("0123456789") == std::string::npos));
  if (!isBare) return reader.parsed(name, parseSize);
  reader.fail(name, fmt::format("{} has no unit; write the memory with one, such as 512MiB or 2GiB", found->dump()));
  return std::nullopt;
}

void readMetadata(JsonReader metadata, Definition& definition) {
  assign(definition.name, metadata.requiredString("name"));
  assign(definition.labels, metadata.stringMap("labels", kMostRead));
  metadata.refuseUnknown();
}

void readBoot(JsonReader boot, LinuxBoot& target) {
  if (auto linuxBoot = boot.requiredObject("linux")) {
    assign(target.kernel, linuxBoot->requiredString("kernel"));
    assign(target.initrd, linuxBoot->string("initrd"));
    assign(target.cmdline, linuxBoot->strings("cmdline", kMostRead));
    linuxBoot->refuseUnknown();
  }
  boot.refuseUnknown();
}

Volume readVolume(JsonReader reader) {
  Volume volume;
  assign(volume.image, reader.requiredString("image"));
  assign(volume.size, readSize(reader, "size"));
  assign(volume.autoCreate, reader.boolean("autoCreate"));
  assign(volume.readOnly, reader.boolean("readOnly"));
  assign(volume.serial, reader.string("serial"));
  reader.refuseUnknown();
  return volume;
}

Share readShare(JsonReader reader) {
  Share share;
  assign(share.tag, reader.requiredString("tag"));
  assign(share.source, reader.requiredString("source"));
  reader.refuseUnknown();
  return share;
}

Interface readInterface(JsonReader reader) {
  Interface interface;
  if (!reader.has("type")) reader.requiredString("type");
  assign(interface.type, reader.choice("type", kInterfaceTypes));
  assign(interface.mac, reader.string("mac"));
  reader.refuseUnknown();
  if (auto mac = normaliseMac(interface.mac)) interface.mac = *mac;
  return interface;
}

void readConsole(JsonReader reader, ConsoleSettings& console) {
  assign(console.size, readSize(reader, "size"));
  assign(console.keep, reader.wholeNumber("keep", 0, kMostNumber));
  reader.refuseUnknown();
}

void readStop(JsonReader reader, StopSettings& stop) {
  assign(stop.timeout, reader.parsed("timeout", parseDuration));
  assign(stop.escalate, reader.boolean("escalate"));
  reader.refuseUnknown();
}

void readSpec(JsonReader spec, Definition& definition) {
  assign(definition.runner, spec.choice("runner", kRunners));
  assign(definition.cpus, spec.wholeNumber("cpus", 0, kMostNumber));
  assign(definition.memory, readMemory(spec, "memory"));
  if (auto boot = spec.requiredObject("boot")) readBoot(std::move(*boot), definition.boot);
  for (JsonReader& reader : spec.objects("volumes", kMostRead))
    definition.volumes.push_back(readVolume(reader));
  for (JsonReader& reader : spec.objects("shares", kMostRead))
    definition.shares.push_back(readShare(reader));
  for (JsonReader& reader : spec.objects("interfaces", kMostRead)) {
    definition.interfaces.push_back(readInterface(reader));
  }
  if (auto console = spec.object("console")) readConsole(std::move(*console), definition.console);
  if (auto stop = spec.object("stop")) readStop(std::move(*stop), definition.stop);
  assign(definition.logLevel, spec.choice("logLevel", kLogLevels));
  spec.refuseUnknown();
}

/// Whether `pointer` is at, below or above one that could not be read: then its value is a default and says nothing.
bool isTold(const std::vector<FieldError>& told, const std::string& pointer) {
  return std::any_of(told.begin(), told.end(), [&](const FieldError& error) {
    return pointer == error.pointer || pointer.starts_with(error.pointer + "/") ||
           error.pointer.starts_with(pointer + "/");
  });
}

void addProblemsOf(const Definition& definition, std::vector<FieldError>& errors) {
  const Result<void> valid = validate(definition);
  if (valid) return;
  const std::vector<FieldError> told = errors;
  for (const FieldError& error : valid.error().errors) {
    if (!isTold(told, error.pointer)) errors.push_back(error);
  }
}

Json volumeToJson(const Volume& volume) {
  Json json{{"image", volume.image}};
  if (volume.size) json["size"] = formatSize(*volume.size);
  json["autoCreate"] = volume.autoCreate;
  json["readOnly"] = volume.readOnly;
  if (!volume.serial.empty()) json["serial"] = volume.serial;
  return json;
}

Json interfaceToJson(const Interface& interface) {
  Json json{{"type", textOf(interface.type, kInterfaceTypes)}};
  if (!interface.mac.empty()) json["mac"] = interface.mac;
  return json;
}

Json bootToJson(const LinuxBoot& boot) {
  Json json{{"kernel", boot.kernel}};
  if (boot.initrd) json["initrd"] = *boot.initrd;
  json["cmdline"] = boot.cmdline;
  return Json{{"linux", std::move(json)}};
}

Json specToJson(const Definition& definition) {
  Json volumes = Json::array();
  for (const Volume& volume : definition.volumes)
    volumes.push_back(volumeToJson(volume));
  Json shares = Json::array();
  for (const Share& share : definition.shares)
    shares.push_back(Json{{"tag", share.tag}, {"source", share.source}});
  Json interfaces = Json::array();
  for (const Interface& interface : definition.interfaces)
    interfaces.push_back(interfaceToJson(interface));
  Json spec;
  spec["runner"] = textOf(definition.runner, kRunners);
  spec["cpus"] = definition.cpus;
  spec["memory"] = formatSize(definition.memory);
  spec["boot"] = bootToJson(definition.boot);
  spec["volumes"] = std::move(volumes);
  spec["shares"] = std::move(shares);
  spec["interfaces"] = std::move(interfaces);
  spec["console"] = Json{{"size", formatSize(definition.console.size)}, {"keep", definition.console.keep}};
  spec["stop"] = Json{{"timeout", formatDuration(definition.stop.timeout)}, {"escalate", definition.stop.escalate}};
  spec["logLevel"] = textOf(definition.logLevel, kLogLevels);
  return spec;
}

}  // namespace

Result<Definition> definitionFromJson(const Json& json) {
  std::vector<FieldError> errors;
  Definition definition;
  JsonReader root(json, "", errors);
  if (auto metadata = root.requiredObject("metadata")) readMetadata(std::move(*metadata), definition);
  if (auto spec = root.requiredObject("spec")) readSpec(std::move(*spec), definition);
  root.refuseUnknown();
  if (json.is_object()) addProblemsOf(definition, errors);
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return definition;
}

Json definitionToJson(const Definition& definition) {
  Json metadata;
  metadata["name"] = definition.name;
  metadata["labels"] = Json::object();
  for (const auto& [key, value] : definition.labels)
    metadata["labels"][key] = value;
  Json json;
  json["metadata"] = std::move(metadata);
  json["spec"] = specToJson(definition);
  return json;
}

}  // namespace microvm
