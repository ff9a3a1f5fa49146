#include "daemon/wire/device_json.hpp"

#include <nlohmann/json.hpp>

#include "daemon/domain/definition/limits.hpp"
#include "daemon/domain/definition/mac.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

constexpr Choice<InterfaceType> kInterfaceTypes[] = {
    {"nat", InterfaceType::Nat}, {"unixgram", InterfaceType::Unixgram}, {"fd", InterfaceType::Fd}};
constexpr Choice<VsockDirection> kDirections[] = {{"connect", VsockDirection::Connect},
                                                  {"listen", VsockDirection::Listen}};

/// A number that has no default.
std::uint32_t readPort(JsonReader& reader, std::string_view name) {
  if (!reader.has(name)) reader.fail(name, "is required");
  return static_cast<std::uint32_t>(reader.wholeNumber(name, 0, kMostNumber).value_or(0));
}

}  // namespace

Share readShare(JsonReader reader) {
  Share share;
  assign(share.tag, reader.requiredString("tag"));
  assign(share.source, reader.requiredString("source"));
  assign(share.mountPoint, reader.string("mountPoint"));
  assign(share.readOnly, reader.boolean("readOnly"));
  reader.refuseUnknown();
  return share;
}

Interface readInterface(JsonReader reader) {
  Interface interface;
  if (!reader.has("type")) reader.requiredString("type");
  assign(interface.type, reader.choice("type", kInterfaceTypes));
  assign(interface.mac, reader.string("mac"));
  assign(interface.path, reader.string("path"));
  assign(interface.helper, reader.strings("helper", kMostRead));
  reader.refuseUnknown();
  if (auto mac = normaliseMac(interface.mac)) interface.mac = *mac;
  return interface;
}

VsockPort readVsockPort(JsonReader reader) {
  VsockPort vsock;
  vsock.port = readPort(reader, "port");
  if (!reader.has("direction")) reader.requiredString("direction");
  assign(vsock.direction, reader.choice("direction", kDirections));
  assign(vsock.socket, reader.string("socket"));
  reader.refuseUnknown();
  return vsock;
}

Graphics readGraphics(JsonReader reader) {
  Graphics graphics;
  assign(graphics.enable, reader.boolean("enable"));
  assign(graphics.width, reader.wholeNumber("width", kLeastPixels, kMostPixels));
  assign(graphics.height, reader.wholeNumber("height", kLeastPixels, kMostPixels));
  reader.refuseUnknown();
  return graphics;
}

Rosetta readRosetta(JsonReader reader) {
  Rosetta rosetta;
  assign(rosetta.enable, reader.boolean("enable"));
  assign(rosetta.mountTag, reader.string("mountTag"));
  assign(rosetta.mountPoint, reader.string("mountPoint"));
  assign(rosetta.install, reader.boolean("install"));
  assign(rosetta.ignoreIfMissing, reader.boolean("ignoreIfMissing"));
  reader.refuseUnknown();
  return rosetta;
}

Timesync readTimesync(JsonReader reader) {
  Timesync timesync;
  timesync.vsockPort = readPort(reader, "vsockPort");
  reader.refuseUnknown();
  return timesync;
}

CloudInit readCloudInit(JsonReader reader) {
  CloudInit cloudInit;
  cloudInit.userData = reader.string("userData");
  cloudInit.metaData = reader.string("metaData");
  cloudInit.networkConfig = reader.string("networkConfig");
  reader.refuseUnknown();
  return cloudInit;
}

Json toJson(const Share& share) {
  Json json{{"tag", share.tag}, {"source", share.source}};
  if (!share.mountPoint.empty()) json["mountPoint"] = share.mountPoint;
  json["readOnly"] = share.readOnly;
  return json;
}

Json toJson(const Interface& interface) {
  Json json{{"type", textOf(interface.type, kInterfaceTypes)}};
  if (!interface.mac.empty()) json["mac"] = interface.mac;
  if (!interface.path.empty()) json["path"] = interface.path;
  if (!interface.helper.empty()) json["helper"] = interface.helper;
  return json;
}

Json toJson(const VsockPort& vsock) {
  Json json{{"port", vsock.port}, {"direction", textOf(vsock.direction, kDirections)}};
  if (!vsock.socket.empty()) json["socket"] = vsock.socket;
  return json;
}

Json toJson(const Graphics& graphics) {
  return Json{{"enable", graphics.enable}, {"width", graphics.width}, {"height", graphics.height}};
}

Json toJson(const Rosetta& rosetta) {
  Json json;
  json["enable"] = rosetta.enable;
  json["mountTag"] = rosetta.mountTag;
  json["mountPoint"] = rosetta.mountPoint;
  json["install"] = rosetta.install;
  json["ignoreIfMissing"] = rosetta.ignoreIfMissing;
  return json;
}

Json toJson(const Timesync& timesync) {
  return Json{{"vsockPort", timesync.vsockPort}};
}

Json toJson(const CloudInit& cloudInit) {
  Json json = Json::object();
  if (cloudInit.userData) json["userData"] = *cloudInit.userData;
  if (cloudInit.metaData) json["metaData"] = *cloudInit.metaData;
  if (cloudInit.networkConfig) json["networkConfig"] = *cloudInit.networkConfig;
  return json;
}

}  // namespace microvm
