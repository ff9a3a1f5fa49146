// How a VM is looked after, as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

ConsoleSettings readConsole(JsonReader reader);
Restart readRestart(JsonReader reader);
StopSettings readStop(JsonReader reader);
/// The member "autostart": an object, or true or false for its `enable`.
Autostart readAutostart(JsonReader& spec);

nlohmann::ordered_json toJson(const ConsoleSettings& console);
nlohmann::ordered_json toJson(const Restart& restart);
nlohmann::ordered_json toJson(const StopSettings& stop);
nlohmann::ordered_json toJson(const Autostart& autostart);

}  // namespace microvm
