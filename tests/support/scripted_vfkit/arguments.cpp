#include "tests/support/scripted_vfkit/arguments.hpp"

#include <functional>
#include <map>

#include <nlohmann/json.hpp>

namespace microvm::scripted {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> pieces;
  std::size_t at = 0;
  while (at <= text.size()) {
    const auto comma = std::min(text.find(',', at), text.size());
    if (comma > at) pieces.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return pieces;
}

std::string withoutScheme(const std::string& uri) {
  const std::string scheme = "unix://";
  return uri.rfind(scheme, 0) == 0 ? uri.substr(scheme.size()) : "";
}

Json device(const std::string& text, const std::string& ptyName) {
  static const std::map<std::string, std::string> kinds{
      {"virtio-blk", "virtioblk"},        {"virtio-fs", "virtiofs"},   {"virtio-net", "virtionet"},
      {"virtio-serial", "virtioserial"},  {"virtio-rng", "virtiorng"}, {"virtio-vsock", "virtiosock"},
      {"virtio-balloon", "virtioballoon"}};
  static const std::map<std::string, std::string> members{{"path", "imagePath"},
                                                          {"deviceId", "deviceIdentifier"},
                                                          {"mac", "macAddress"},
                                                          {"sharedDir", "sharedDir"},
                                                          {"mountTag", "mountTag"}};
  const auto pieces = split(text);
  const auto kind = pieces.empty() ? kinds.end() : kinds.find(pieces[0]);
  Json json{{"kind", kind == kinds.end() ? text : kind->second}};
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto equals = pieces[i].find('=');
    const auto key = pieces[i].substr(0, equals);
    if (key == "readonly") json["readOnly"] = true;
    if (key == "nat") json["nat"] = true;
    if (key == "pty") json.update(Json{{"usesPty", true}, {"ptyName", ptyName}});
    const auto member = members.find(key);
    if (member != members.end() && equals != std::string::npos) json[member->second] = pieces[i].substr(equals + 1);
  }
  return json;
}

}  // namespace

Arguments scanArguments(const std::vector<std::string>& argv) {
  Arguments found;
  const std::map<std::string, std::function<void(const std::string&)>> flags{
      {"--cpus", [&](const std::string& v) { found.cpus = std::stoul(v, nullptr, 0); }},
      {"--memory", [&](const std::string& v) { found.memoryMiB = std::stoul(v, nullptr, 0); }},
      {"--kernel", [&](const std::string& v) { found.kernel = v; }},
      {"--initrd", [&](const std::string& v) { found.initrd = v; }},
      {"--kernel-cmdline", [&](const std::string& v) { found.cmdline = v; }},
      {"--restful-uri", [&](const std::string& v) { found.restSocket = withoutScheme(v); }},
      {"--log-level", [](const std::string&) {}},
      {"--device", [&](const std::string& v) { found.devices.push_back(v); }}};
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (argv[i] == "--version" || argv[i] == "-v") found.version = true;
    if (argv[i] == "--probe") found.probe = true;
    const auto equals = argv[i].find('=');
    const auto flag = flags.find(argv[i].substr(0, equals));
    if (flag == flags.end()) continue;
    if (equals != std::string::npos) {
      flag->second(argv[i].substr(equals + 1));
    } else if (i + 1 < argv.size()) {
      flag->second(argv[++i]);
    }
  }
  return found;
}

bool hasPty(const Arguments& arguments) {
  for (const auto& text : arguments.devices) {
    if (text.rfind("virtio-serial,pty", 0) == 0) return true;
  }
  return false;
}

Json inspect(const Arguments& arguments, const std::string& ptyName) {
  Json json{{"vcpus", arguments.cpus}, {"memoryBytes", arguments.memoryMiB * 1024 * 1024}};
  json["bootloader"] = {{"kind", "linuxBootloader"},
                        {"vmlinuzPath", arguments.kernel},
                        {"kernelCmdLine", arguments.cmdline},
                        {"initrdPath", arguments.initrd}};
  json["devices"] = Json::array();
  for (const auto& text : arguments.devices)
    json["devices"].push_back(device(text, ptyName));
  return json;
}

}  // namespace microvm::scripted
