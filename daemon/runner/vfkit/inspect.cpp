#include "daemon/runner/vfkit/inspect.hpp"

#include <string_view>

#include <nlohmann/json.hpp>

#include "daemon/runner/golang/json.hpp"

namespace microvm::vfkit {
namespace {

using Json = nlohmann::ordered_json;

/// Go's omitempty.
void setUnlessEmpty(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}
void setIfTrue(Json& object, const char* key, bool value) {
  if (value) object[key] = true;
}

struct BootloaderWriter {
  Json operator()(const LinuxBoot& boot) const {
    return {{"kind", "linuxBootloader"},
            {"vmlinuzPath", boot.kernel},
            {"kernelCmdLine", boot.cmdline},
            {"initrdPath", boot.initrd}};
  }
  Json operator()(const EfiBoot& boot) const {
    return {
        {"kind", "efiBootloader"}, {"efiVariableStorePath", boot.variableStore}, {"createVariableStore", boot.create}};
  }
  Json operator()(const MacosBoot& boot) const {
    return {{"machineIdentifierPath", boot.machineIdentifier},
            {"hardwareModelPath", boot.hardwareModel},
            {"auxImagePath", boot.auxImage}};
  }
};

class DeviceWriter {
public:
  explicit DeviceWriter(const std::vector<std::string>& ptyNames) : ptyNames_(ptyNames) {}

  Json operator()(const Disk& disk) {
    constexpr const char* kKinds[] = {"virtioblk", "nvme", "usbmassstorage"};
    constexpr const char* kNames[] = {"virtio-blk", "nvme", "usb-mass-storage"};
    const auto bus = static_cast<std::size_t>(disk.bus);
    Json json{{"kind", kKinds[bus]}, {"devName", kNames[bus]}};
    setIfTrue(json, "readOnly", disk.readOnly);
    setUnlessEmpty(json, "imagePath", disk.path);
    setUnlessEmpty(json, "type", disk.type);
    setUnlessEmpty(json, "deviceIdentifier", disk.deviceId);
    return json;
  }
  Json operator()(const Nbd& nbd) {
    Json json{{"kind", "nbd"}, {"devName", "nbd"}};
    setIfTrue(json, "readOnly", nbd.readOnly);
    setUnlessEmpty(json, "uri", nbd.uri);
    json["DeviceIdentifier"] = nbd.deviceId;
    json["Timeout"] = nbd.timeoutMs * 1000000;
    json["SynchronizationMode"] = nbd.sync;
    return json;
  }
  Json operator()(const Share& share) {
    return {{"kind", "virtiofs"}, {"mountTag", share.tag}, {"sharedDir", share.folder}};
  }
  Json operator()(const Net& net) {
    Json json{{"kind", "virtionet"}, {"nat", net.kind == NetKind::Nat}};
    if (net.kind == NetKind::Descriptor) json["socket"] = Json::object();
    setUnlessEmpty(json, "unixSocketPath", net.socketPath);
    setIfTrue(json, "vfkitMagic", net.magic);
    setUnlessEmpty(json, "macAddress", net.mac);
    return json;
  }
  Json operator()(const Vsock& vsock) {
    Json json{{"kind", "virtiosock"}, {"port", vsock.port}, {"socketURL", vsock.socketUrl}};
    setIfTrue(json, "listen", vsock.listen);
    return json;
  }
  Json operator()(const Serial& serial) {
    Json json{{"kind", "virtioserial"}};
    setUnlessEmpty(json, "logFile", serial.logFile);
    setIfTrue(json, "usesStdio", serial.kind == SerialKind::Stdio);
    setIfTrue(json, "usesPty", serial.kind == SerialKind::Pty);
    if (serial.kind == SerialKind::Pty && nextPty_ < ptyNames_.size()) json["ptyName"] = ptyNames_[nextPty_++];
    return json;
  }
  Json operator()(const Rng&) { return {{"kind", "virtiorng"}}; }
  Json operator()(const Balloon&) { return {{"kind", "virtioballoon"}}; }
  Json operator()(const Gpu& gpu) {
    return {{"kind", "virtiogpu"}, {"usesGUI", gpu.usesGui}, {"width", gpu.width}, {"height", gpu.height}};
  }
  Json operator()(const Input& input) { return {{"kind", "virtioinput"}, {"inputType", input.kind}}; }
  Json operator()(const Rosetta& rosetta) {
    return {{"kind", "rosetta"},
            {"mountTag", rosetta.tag},
            {"installRosetta", rosetta.install},
            {"ignoreIfMissing", rosetta.ignoreIfMissing}};
  }

private:
  const std::vector<std::string>& ptyNames_;
  std::size_t nextPty_ = 0;
};

}  // namespace

nlohmann::ordered_json inspectDocument(const Options& options, const std::vector<std::string>& ptyNames) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  Json document{{"vcpus", options.cpus}, {"memoryBytes", options.memoryMiB * kMiB}};
  document["bootloader"] = std::visit(BootloaderWriter{}, options.bootloader);
  DeviceWriter writer(ptyNames);
  for (const Device& device : options.devices)
    document["devices"].push_back(std::visit(writer, device));
  if (options.timesyncPort) document["timesync"] = {{"vsockPort", *options.timesyncPort}};
  if (!options.ignition.empty()) document["ignition"] = {{"kind", "ignition"}, {"configPath", options.ignition}};
  setIfTrue(document, "nested", options.nested);
  return document;
}

std::string inspectText(const Options& options, const std::vector<std::string>& ptyNames) {
  return golang::encodeJson(inspectDocument(options, ptyNames));
}

}  // namespace microvm::vfkit
