// All checks of this platform, one after the other, and what to make of them.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

struct Diagnosis {
  const Check* check = nullptr;
  Finding finding;
};

/// In the order of the table. A check that has nothing to look at leaves none.
std::vector<Diagnosis> examine(const Host& host, const Subject& subject);

Level worst(const std::vector<Diagnosis>& diagnoses);

/// The one that most likely explains a failed start, whose message is `failure`: one whose check knows the words, or
/// else an error that stops every start. nullptr when neither is there.
const Diagnosis* likelyCause(const std::vector<Diagnosis>& diagnoses, std::string_view failure);

/// {"id", "status", "title", "finding", "reason", "fix"}; the last two are null where there are none.
nlohmann::ordered_json toJson(const Diagnosis& diagnosis);

enum class Colour { Off, On };
/// For people: a line or more for each, broken to fit into `columns`; commands are never broken.
std::string toText(const std::vector<Diagnosis>& diagnoses, std::size_t columns, Colour colour);

/// "20 checks: 17 ok, 1 info, 1 warning, 1 error".
std::string summary(const std::vector<Diagnosis>& diagnoses);

}  // namespace microvm::doctor
