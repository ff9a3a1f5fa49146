// Apple's XML property lists, as far as a job of launchd needs them: dict, array, string, integer, true, false.
#pragma once
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/core/result.hpp"

namespace microvm::service {

/// `comment` stands above the list; it has no "--". Errc::Invalid for a text that XML cannot hold, and for a value that
/// is none of those above; the pointer says which.
Result<std::string> writePropertyList(const nlohmann::ordered_json& list, std::string_view comment);

/// The inverse. Errc::Invalid with the place for anything else, binary property lists among them.
Result<nlohmann::ordered_json> readPropertyList(std::string_view text);

}  // namespace microvm::service
