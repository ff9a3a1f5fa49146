// Changes of definitions: the whole, a part, the name; what a change would do; a VM like another.
#include <functional>

#include <nlohmann/json.hpp>

#include "api/wire/json_reader.hpp"
#include "daemon/http/answering/answers.hpp"
#include "daemon/http/answering/preconditions.hpp"
#include "daemon/http/answering/request.hpp"
#include "daemon/http/handlers/vms/vm_handlers.hpp"
#include "daemon/wire/definition_diff.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostAttempts = 100;  // of a change that others overtake, each time by one that was made

Error nameMember(const std::string& name) {
  Error error =
      invalidMembers({{"/metadata/name", "is another than the VM's; POST /v1/vms/" + name + "/rename renames"}});
  return error;
}

/// The definition of this JSON for a VM that is there.
Result<DefinitionChange> changeOf(const Json& json, const Vm& vm) {
  DefinitionChange change{draftFromJson(json), vm.generation};
  const auto& name = change.draft.definition.name;
  if (!name.empty() && name != vm.definition.name) return nameMember(vm.definition.name);
  change.draft.definition.name = vm.definition.name;
  return change;
}

using MakeChange = std::function<Result<DefinitionChange>(const Vm& vm)>;

/// Makes a change to the definition that there is. One that is for whichever there is, is made anew when another comes
/// first.
Task<VmView> changeVm(Service& service, Exchange exchange, MakeChange make) {
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    auto view = matchedVm(service, exchange);
    if (!view) co_return std::move(view).error();
    auto wanted = make(view->vm);
    if (!wanted) co_return std::move(wanted).error();
    auto changed = co_await service.change(view->vm.id, std::move(*wanted), causeOf(exchange));
    if (changed || changed.error().code != Errc::PreconditionFailed) co_return changed;
    if (matchedGenerations(exchange.request.headers)) co_return changed;
  }
  co_return Error{Errc::Busy, "others change the definition all the time", "try again, or with an If-Match", {}};
}

/// {"name": NAME}, and nothing else in the request.
Result<std::string> readName(const Exchange& exchange) {
  auto json = readBody(exchange);
  if (!json) return std::move(json).error();
  std::vector<FieldError> errors;
  JsonReader reader(*json, "", errors);
  auto name = reader.requiredString("name");
  reader.refuseUnknown();
  if (!errors.empty()) return invalidMembers(std::move(errors));
  return *name;
}

/// What validate() says of a name, in a body that has nothing but the name.
Error nameError(Error error) {
  if (error.code != Errc::Invalid) return error;
  for (auto& field : error.errors) {
    if (field.pointer == "/metadata/name") field.pointer = "/name";
  }
  return invalidMembers(std::move(error.errors));
}

Json planJson(const Definition* before, const Definition& after, const std::vector<FieldError>& warnings) {
  Json json;
  json["vm"] = after.name;
  const auto changes = before == nullptr ? std::vector<MemberChange>() : differences(*before, after);
  json["action"] = before == nullptr ? "create" : (changes.empty() ? "none" : "change");
  json["changes"] = Json::array();
  for (const auto& change : changes)
    json["changes"].push_back(changeToJson(change));
  json["warnings"] = Json::array();
  for (const FieldError& warning : warnings)
    json["warnings"].push_back(Json{{"pointer", warning.pointer}, {"detail", warning.detail}});
  return json;
}

/// An interface without a MAC keeps the one at its place.
void keepMacs(Definition& wanted, const Definition& before) {
  const auto both = std::min(wanted.interfaces.size(), before.interfaces.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (wanted.interfaces[i].mac.empty()) wanted.interfaces[i].mac = before.interfaces[i].mac;
  }
}

}  // namespace

Task<Answer> replaceVm(Service& service, Exchange exchange) {
  auto json = readBody(exchange);
  if (!json) co_return std::move(json).error();
  if (auto view = service.find(exchange.captures[0]); !view) co_return std::move(view).error();
  if (!hasIfMatch(exchange.request.headers)) {
    co_return problemAnswer("precondition-required", "without If-Match a change of another may be undone unseen",
                            exchange);
  }
  const MakeChange make = [json = std::move(*json)](const Vm& vm) { return changeOf(json, vm); };
  auto changed = co_await changeVm(service, std::move(exchange), make);
  if (!changed) co_return std::move(changed).error();
  co_return vmAnswer(200, *changed);
}

Task<Answer> patchVm(Service& service, Exchange exchange) {
  auto patch = readBody(exchange);
  if (!patch) co_return std::move(patch).error();
  if (!patch->is_object()) co_return invalidMembers({{"", "is no object"}});
  const MakeChange make = [patch = std::move(*patch)](const Vm& vm) {
    return changeOf(mergePatched(definitionToJson(vm.definition), patch), vm);
  };
  auto changed = co_await changeVm(service, std::move(exchange), make);
  if (!changed) co_return std::move(changed).error();
  co_return vmAnswer(200, *changed);
}

Task<Answer> renameVm(Service& service, Exchange exchange) {
  auto name = readName(exchange);
  if (!name) co_return std::move(name).error();
  const MakeChange make = [name = std::move(*name)](const Vm& vm) {
    DefinitionChange wanted{Draft(vm.definition), vm.generation};
    wanted.draft.definition.name = name;
    return wanted;
  };
  auto renamed = co_await changeVm(service, std::move(exchange), make);
  if (!renamed) co_return nameError(std::move(renamed).error());
  co_return placedVmAnswer(200, *renamed);
}

Task<Answer> cloneVm(Service& service, Exchange exchange) {
  auto name = readName(exchange);
  if (!name) co_return std::move(name).error();
  auto matched = matchedVm(service, exchange);
  if (!matched) co_return std::move(matched).error();
  auto view = co_await service.clone(exchange.captures[0], std::move(*name), causeOf(exchange));
  if (!view) co_return nameError(std::move(view).error());
  co_return placedVmAnswer(201, *view);
}

Task<Answer> planVm(Service& service, Exchange exchange) {
  auto json = readBody(exchange);
  if (!json) co_return std::move(json).error();
  auto draft = draftFromJson(*json);
  const auto view = service.find(draft.definition.name);
  const bool isThere = view && view->vm.definition.name == draft.definition.name;
  if (isThere) keepMacs(draft.definition, view->vm.definition);
  const Definition wanted = draft.definition;
  auto warnings = co_await service.check(std::move(draft));
  if (!warnings) co_return std::move(warnings).error();
  co_return jsonAnswer(200, planJson(isThere ? &view->vm.definition : nullptr, wanted, *warnings));
}

}  // namespace microvm::http
