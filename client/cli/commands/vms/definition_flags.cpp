#include "client/cli/commands/vms/definition_flags.hpp"

#include <charconv>
#include <cstdint>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/definition/definition_file.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

Error usage(std::string_view flag, std::string_view text, std::string_view form) {
  return Error{
      Errc::Usage, fmt::format("--{}: \"{}\" cannot be read", flag, text), fmt::format("--{} {}", flag, form), {}};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// "key=value" into both; no "=" leaves the value empty.
std::pair<std::string_view, std::string_view> pairOf(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {}};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

constexpr std::string_view kVolumeForm =
    "PATH[,size=8GiB][,create][,fs=ext4][,label=NAME][,ro][,serial=NAME][,bus=nvme]";

struct VolumeKey {
  std::string_view key;
  const char* member;
};
constexpr VolumeKey kVolumeKeys[] = {
    {"size", "size"}, {"serial", "serial"}, {"fs", "fsType"}, {"label", "label"}, {"bus", "bus"}};

const char* volumeMember(std::string_view key) {
  for (const auto& known : kVolumeKeys) {
    if (known.key == key) return known.member;
  }
  return nullptr;
}

Result<Json> volumeOf(const std::string& text, const PathBase& base) {
  const auto parts = split(text, ',');
  if (parts.front().empty()) return usage("volume", text, kVolumeForm);
  Json volume{{"image", resolvePath(std::string(parts.front()), base.folder, base.home)}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [key, value] = pairOf(parts[i]);
    if (const char* name = volumeMember(key); name != nullptr && !value.empty()) {
      volume[name] = value;
    } else if (parts[i] == "create") {
      volume["autoCreate"] = true;
    } else if (parts[i] == "ro") {
      volume["readOnly"] = true;
    } else {
      return usage("volume", text, kVolumeForm);
    }
  }
  return volume;
}

Result<Json> shareOf(const std::string& text, const PathBase& base) {
  const auto [tag, source] = pairOf(text);
  if (tag.empty() || source.empty()) return usage("share", text, "TAG=FOLDER");
  return Json{{"tag", tag}, {"source", resolvePath(std::string(source), base.folder, base.home)}};
}

Result<Json> interfaceOf(const std::string& text, const PathBase&) {
  constexpr std::string_view kForm = "nat[,mac=02:00:00:01:01:01]";
  const auto parts = split(text, ',');
  Json interface {
    { "type", parts.front() }
  };
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [key, value] = pairOf(parts[i]);
    if (key != "mac" || value.empty()) return usage("net", text, kForm);
    interface["mac"] = value;
  }
  if (parts.front().empty()) return usage("net", text, kForm);
  return interface;
}

Result<Json> vsockOf(const std::string& text, const PathBase& base) {
  constexpr std::string_view kForm = "PORT[,listen][,socket=PATH]";
  const auto parts = split(text, ',');
  std::uint32_t port = 0;
  const auto* end = parts.front().data() + parts.front().size();
  const auto [stop, failed] = std::from_chars(parts.front().data(), end, port);
  if (failed != std::errc{} || stop != end) return usage("vsock", text, kForm);
  Json vsock{{"port", port}, {"direction", "connect"}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto [key, value] = pairOf(parts[i]);
    if (parts[i] == "listen" || parts[i] == "connect") {
      vsock["direction"] = parts[i];
    } else if (key == "socket" && !value.empty()) {
      vsock["socket"] = resolvePath(std::string(value), base.folder, base.home);
    } else {
      return usage("vsock", text, kForm);
    }
  }
  return vsock;
}

using ItemReader = Result<Json> (*)(const std::string& text, const PathBase& base);

Result<void> appendAll(Json& list, std::span<const std::string> texts, ItemReader reader, const PathBase& base) {
  for (const auto& text : texts) {
    auto item = reader(text, base);
    if (!item) return std::move(item).error();
    if (!list.is_array()) list = Json::array();
    list.push_back(std::move(*item));
  }
  return {};
}

Result<void> applyLists(Json& spec, const Arguments& arguments, const PathBase& base) {
  struct ListFlag {
    const char* flag;
    const char* member;
    ItemReader reader;
  };
  constexpr ListFlag kLists[] = {{"volume", "volumes", volumeOf},
                                 {"share", "shares", shareOf},
                                 {"net", "interfaces", interfaceOf},
                                 {"vsock", "vsock", vsockOf}};
  for (const auto& [flag, member, reader] : kLists) {
    const auto texts = arguments.all(flag);
    if (texts.empty()) continue;
    if (auto added = appendAll(spec[member], texts, reader, base); !added) return added;
  }
  return {};
}

void applyBoot(Json& spec, const Arguments& arguments, const PathBase& base) {
  if (arguments.has("efi")) spec["boot"] = Json{{"efi", Json::object()}};
  for (const auto* flag : {"kernel", "initrd"}) {
    if (const auto path = arguments.text(flag)) {
      spec["boot"]["linux"][flag] = resolvePath(*path, base.folder, base.home);
    }
  }
  if (!arguments.has("cmdline")) return;
  Json parameters = Json::array();
  for (const auto& text : arguments.all("cmdline")) {
    for (auto& parameter : splitCmdline(text))
      parameters.push_back(std::move(parameter));
  }
  spec["boot"]["linux"]["cmdline"] = std::move(parameters);
}

// A file may have put something else where a mapping belongs; the daemon would say so, but a flag must not crash on it.
Result<void> checkShape(const Json& definition) {
  for (const auto* pointer : {"/spec", "/metadata", "/metadata/labels", "/spec/boot", "/spec/boot/linux", "/spec/stop",
                              "/spec/graphics", "/spec/rosetta"}) {
    const Json::json_pointer place(pointer);
    if (definition.contains(place) && !definition.at(place).is_object() && !definition.at(place).is_null()) {
      Error error{Errc::Invalid, "the definition cannot be used", {}, {}};
      error.errors.push_back(FieldError{pointer, "is not a mapping"});
      return error;
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> splitCmdline(std::string_view text) {
  std::vector<std::string> parameters;
  std::string current;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    const bool blank = c == ' ' || c == '\t' || c == '\n';
    if (!blank || quoted) {
      current += c;
    } else if (!current.empty()) {
      parameters.push_back(std::exchange(current, {}));
    }
  }
  if (!current.empty()) parameters.push_back(std::move(current));
  return parameters;
}

Result<void> applyFlags(Json& definition, const Arguments& arguments, const PathBase& base) {
  if (auto shape = checkShape(definition); !shape) return shape;
  Json& spec = definition["spec"];
  if (spec.is_null()) spec = Json::object();
  for (const auto& label : arguments.all("label")) {
    const auto [key, value] = pairOf(label);
    if (key.empty() || label.find('=') == std::string::npos) return usage("label", label, "KEY=VALUE");
    definition["metadata"]["labels"][std::string(key)] = value;
  }
  const auto cpus = arguments.number("cpus");
  if (!cpus) return cpus.error();
  if (*cpus) spec["cpus"] = **cpus;
  for (const auto* flag : {"memory", "runner"}) {
    if (const auto text = arguments.text(flag)) spec[flag] = *text;
  }
  if (const auto level = arguments.text("log-level")) spec["logLevel"] = *level;
  if (const auto timeout = arguments.text("stop-timeout")) spec["stop"]["timeout"] = *timeout;
  if (arguments.has("gui")) spec["graphics"]["enable"] = true;
  if (arguments.has("rosetta")) spec["rosetta"]["enable"] = true;
  if (arguments.has("nested")) spec["nested"] = true;
  applyBoot(spec, arguments, base);
  return applyLists(spec, arguments, base);
}

}  // namespace microvm::cli
