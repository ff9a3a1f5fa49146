// Volumes as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

Volume readVolume(JsonReader reader);
nlohmann::ordered_json volumeToJson(const Volume& volume);

}  // namespace microvm
