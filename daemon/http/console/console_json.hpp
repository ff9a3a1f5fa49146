// What goes on at a console, as JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "daemon/service/service.hpp"

namespace microvm::http {

/// {"count","viewers":[{"id","mode","label","since"}]}
nlohmann::ordered_json viewersToJson(const ConsoleNews& news);
/// status.console of a VM: {"start","exclusive","count","viewers"}
nlohmann::ordered_json newsToJson(const ConsoleNews& news);

enum class Marks { Left, Given };
/// The answer of getConsoleStatus; the marks of time are many, so they are given only when asked for.
nlohmann::ordered_json statusToJson(const ConsoleStatus& status, Marks marks);

}  // namespace microvm::http
