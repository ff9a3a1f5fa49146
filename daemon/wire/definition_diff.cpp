#include "daemon/wire/definition_diff.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "daemon/wire/definition_json.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {
namespace {

using Changes = std::vector<MemberChange>;

void compare(const std::string& pointer, const Json& from, const Json& to, Changes& changes);

void compareObjects(const std::string& pointer, const Json& from, const Json& to, Changes& changes) {
  for (const auto& [name, value] : from.items()) {
    const auto other = to.find(name);
    compare(pointer + "/" + pointerPart(name), value, other == to.end() ? Json(nullptr) : *other, changes);
  }
  for (const auto& [name, value] : to.items()) {
    if (!from.contains(name)) compare(pointer + "/" + pointerPart(name), nullptr, value, changes);
  }
}

void compareArrays(const std::string& pointer, const Json& from, const Json& to, Changes& changes) {
  const auto longest = std::max(from.size(), to.size());
  for (std::size_t i = 0; i < longest; ++i) {
    const Json before = i < from.size() ? from[i] : Json(nullptr);
    const Json after = i < to.size() ? to[i] : Json(nullptr);
    compare(pointer + "/" + std::to_string(i), before, after, changes);
  }
}

void compare(const std::string& pointer, const Json& from, const Json& to, Changes& changes) {
  if (from == to) return;
  if (from.is_object() && to.is_object()) return compareObjects(pointer, from, to, changes);
  if (from.is_array() && to.is_array()) return compareArrays(pointer, from, to, changes);
  changes.push_back({pointer, from.dump(), to.dump(), effectOfChange(pointer)});
}

}  // namespace

Changes differences(const Definition& before, const Definition& after) {
  Changes changes;
  compare("", definitionToJson(before), definitionToJson(after), changes);
  return changes;
}

std::vector<std::string> membersPending(const Definition& launched, const Definition& wanted) {
  std::vector<std::string> pending;
  for (MemberChange& change : differences(launched, wanted)) {
    if (change.effect == ChangeEffect::Restart) pending.push_back(std::move(change.pointer));
  }
  return pending;
}

std::string changeText(const Definition& before, const Definition& after) {
  const Changes changes = differences(before, after);
  if (changes.empty()) return "nothing";
  std::string text = changes.front().pointer;
  if (changes.size() > 1) text += " and " + std::to_string(changes.size() - 1) + " more";
  return text;
}

Json mergePatched(Json target, const Json& patch) {
  if (!patch.is_object()) return patch;
  if (!target.is_object()) target = Json::object();
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) {
      target.erase(name);
    } else {
      target[name] = mergePatched(target.contains(name) ? target[name] : Json(nullptr), value);
    }
  }
  return target;
}

Json changeToJson(const MemberChange& change) {
  Json json;
  json["pointer"] = change.pointer;
  json["from"] = Json::parse(change.from);
  json["to"] = Json::parse(change.to);
  json["effect"] = toText(change.effect);
  return json;
}

}  // namespace microvm
