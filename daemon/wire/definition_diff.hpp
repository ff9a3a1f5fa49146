// Two definitions, member by member, and changes of one.
#pragma once
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/domain/changes/change_effect.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

/// A member that differs. A member that is there on one side only is null on the other.
struct MemberChange {
  std::string pointer;  ///< of the innermost member, "/spec/volumes/0/size"
  std::string from;     ///< JSON
  std::string to;
  ChangeEffect effect = ChangeEffect::Restart;
};

/// In the order of the members.
std::vector<MemberChange> differences(const Definition& before, const Definition& after);

/// The pointers of the members that a VM does not have yet: it was started with `launched`.
std::vector<std::string> membersPending(const Definition& launched, const Definition& wanted);

/// A sentence for people: "/spec/cpus and 2 more".
std::string changeText(const Definition& before, const Definition& after);

/// What RFC 7396 makes of the target: null removes a member, which then has its default again.
nlohmann::ordered_json mergePatched(nlohmann::ordered_json target, const nlohmann::ordered_json& patch);

nlohmann::ordered_json changeToJson(const MemberChange& change);

}  // namespace microvm
