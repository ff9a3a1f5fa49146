// Devices beside the disks, as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

Share readShare(JsonReader reader);
Interface readInterface(JsonReader reader);
VsockPort readVsockPort(JsonReader reader);
Graphics readGraphics(JsonReader reader);
Rosetta readRosetta(JsonReader reader);
Timesync readTimesync(JsonReader reader);
CloudInit readCloudInit(JsonReader reader);

nlohmann::ordered_json toJson(const Share& share);
nlohmann::ordered_json toJson(const Interface& interface);
nlohmann::ordered_json toJson(const VsockPort& vsock);
nlohmann::ordered_json toJson(const Graphics& graphics);
nlohmann::ordered_json toJson(const Rosetta& rosetta);
nlohmann::ordered_json toJson(const Timesync& timesync);
nlohmann::ordered_json toJson(const CloudInit& cloudInit);

}  // namespace microvm
