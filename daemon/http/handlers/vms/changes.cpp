// Changes of definitions: the whole, a part, the name; what a change would do; a VM like another.
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

constexpr int kMostAttempts = 5;  // of a patch that others' changes overtake

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

/// Gives the VM the definition of this JSON.
Task<VmView> define(Service& service, Vm vm, Json json, Cause cause) {
  auto change = changeOf(json, vm);
  if (!change) co_return std::move(change).error();
  co_return co_await service.change(vm.id, std::move(*change), std::move(cause));
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
  for (auto& field : error.errors) {
    if (field.pointer == "/metadata/name") field.pointer = "/name";
  }
  return error;
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
  auto view = matchedVm(service, exchange);
  if (!view) co_return std::move(view).error();
  if (!hasIfMatch(exchange.request.headers)) {
    co_return problemAnswer("precondition-required", "without If-Match a change of another may be undone unseen",
                            exchange);
  }
  auto changed = co_await define(service, std::move(view->vm), std::move(*json), causeOf(exchange));
  if (!changed) co_return std::move(changed).error();
  co_return vmAnswer(200, *changed);
}

Task<Answer> patchVm(Service& service, Exchange exchange) {
  auto patch = readBody(exchange);
  if (!patch) co_return std::move(patch).error();
  if (!patch->is_object()) co_return invalidMembers({{"", "is no object"}});
  for (int attempt = 1;; ++attempt) {
    auto view = matchedVm(service, exchange);
    if (!view) co_return std::move(view).error();
    auto json = mergePatched(definitionToJson(view->vm.definition), *patch);
    auto changed = co_await define(service, std::move(view->vm), std::move(json), causeOf(exchange));
    if (changed) co_return vmAnswer(200, *changed);
    // Without a wish for one generation the patch is made to the one that there is by now.
    const bool isOvertaken = changed.error().code == Errc::PreconditionFailed && !hasIfMatch(exchange.request.headers);
    if (!isOvertaken || attempt == kMostAttempts) co_return std::move(changed).error();
  }
}

Task<Answer> renameVm(Service& service, Exchange exchange) {
  auto name = readName(exchange);
  if (!name) co_return std::move(name).error();
  auto view = matchedVm(service, exchange);
  if (!view) co_return std::move(view).error();
  DefinitionChange change{Draft(view->vm.definition), view->vm.generation};
  change.draft.definition.name = std::move(*name);
  auto renamed = co_await service.change(view->vm.id, std::move(change), causeOf(exchange));
  if (!renamed) co_return nameError(std::move(renamed).error());
  co_return placedVmAnswer(200, *renamed);
}

Task<Answer> cloneVm(Service& service, Exchange exchange) {
  auto name = readName(exchange);
  if (!name) co_return std::move(name).error();
  auto cause = causeOf(exchange);
  auto view = co_await service.clone(exchange.captures[0], std::move(*name), std::move(cause));
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
