#include "daemon/store/sqlite/rows.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/wire/json.hpp"
#include "daemon/wire/definition_json.hpp"
#include "daemon/wire/operation_json.hpp"

namespace microvm {

namespace {

std::int64_t toMilliseconds(Timestamp time) {
  return time.time_since_epoch().count();
}

Timestamp timeAt(Query& query, int column) {
  return Timestamp(Milliseconds(query->getColumn(column).getInt64()));
}

/// What a row says that cannot be understood; the first finding is kept.
class Damage {
public:
  void note(std::string_view column, std::string_view reason) {
    if (text_.empty()) text_ = fmt::format("its {} in the database cannot be read: {}", column, reason);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

private:
  std::string text_;
};

Result<Definition> parseDefinition(const std::string& text) {
  auto json = parseJson(text);
  if (!json) return std::move(json).error();
  return definitionFromJson(*json);
}

Result<ExitRecord> parseExit(const std::string& text) {
  auto json = parseJson(text);
  if (!json) return std::move(json).error();
  return exitRecordFromJson(*json);
}

void readDefinition(Query& query, Vm& vm, Damage& damage) {
  auto definition = parseDefinition(query.text(3));
  if (definition) {
    vm.definition = std::move(*definition);
  } else {
    damage.note("definition", definition.error().detail);
  }
  vm.definition.name = query.text(2);
}

void readStates(Query& query, Vm& vm, Damage& damage) {
  const std::string desired = query.text(5);
  const std::string state = query.text(6);
  if (const auto known = parseDesired(desired)) {
    vm.desired = *known;
  } else {
    damage.note("desired state", desired);
  }
  if (const auto known = parseState(state)) {
    vm.state = *known;
  } else {
    damage.note("state", state);
  }
  vm.reason = query.text(7);
}

void readExit(Query& query, Vm& vm, Damage& damage) {
  if (query->isColumnNull(11)) return;
  auto record = parseExit(query.text(11));
  if (record) {
    vm.lastExit = std::move(*record);
  } else {
    damage.note("last exit", record.error().detail);
  }
}

Result<RestartHistory> parseRestarts(const std::string& text) {
  auto json = parseJson(text);
  if (!json) return std::move(json).error();
  return restartHistoryFromJson(*json);
}

std::string labelsToText(const std::map<std::string, std::string>& labels) {
  return labels.empty() ? std::string() : nlohmann::json(labels).dump();
}

/// What cannot be read says nothing: an event is never hidden by its labels.
std::map<std::string, std::string> labelsFromText(const std::string& text) {
  std::map<std::string, std::string> labels;
  if (text.empty()) return labels;
  const auto json = parseJson(text);
  if (!json || !json->is_object()) return labels;
  for (const auto& [name, value] : json->items()) {
    if (value.is_string()) labels.emplace(name, value.get<std::string>());
  }
  return labels;
}

std::optional<int> numberAt(Query& query, int column) {
  if (query->isColumnNull(column)) return std::nullopt;
  return query->getColumn(column).getInt();
}

/// A history that cannot be read is none: it only slows restarts down.
void readRestarts(Query& query, Vm& vm) {
  if (query->isColumnNull(12)) return;
  auto history = parseRestarts(query.text(12));
  if (history) vm.restarts = std::move(*history);
}

/// Without it nothing is lost but what status.pendingRestart would say.
void readLaunched(Query& query, Vm& vm) {
  if (query->isColumnNull(13)) return;
  auto launched = parseDefinition(query.text(13));
  if (launched) vm.launched = std::move(*launched);
}

}  // namespace

void bindVm(Query& query, const Vm& vm, Bind columns) {
  query->bind(":id", vm.id);
  query->bind(":name", vm.definition.name);
  query->bind(":generation", static_cast<std::int64_t>(vm.generation));
  query->bind(":desired", std::string(toText(vm.desired)));
  query->bind(":updated_at", toMilliseconds(vm.updatedAt));
  if (vm.lastExit) query->bind(":last_exit", exitRecordToJson(*vm.lastExit).dump());
  if (vm.restarts != RestartHistory{}) query->bind(":restarts", restartHistoryToJson(vm.restarts).dump());
  if (columns == Bind::WhatIsKnown) return;
  query->bind(":definition", definitionToJson(vm.definition).dump());
  if (vm.launched) query->bind(":launched", definitionToJson(*vm.launched).dump());
  query->bind(":state", std::string(toText(vm.state)));
  query->bind(":reason", vm.reason);
  query->bind(":state_since", toMilliseconds(vm.stateSince));
}

Vm readVm(Query& query) {
  Vm vm;
  Damage damage;
  vm.id = query.text(0);
  vm.runId = query.text(1);
  readDefinition(query, vm, damage);
  vm.generation = static_cast<std::uint64_t>(query->getColumn(4).getInt64());
  readStates(query, vm, damage);
  vm.createdAt = timeAt(query, 8);
  vm.updatedAt = timeAt(query, 9);
  vm.stateSince = timeAt(query, 10);
  readExit(query, vm, damage);
  readRestarts(query, vm);
  readLaunched(query, vm);
  if (!damage.text().empty()) {
    vm.state = State::Broken;
    vm.reason = damage.text();
  }
  return vm;
}

void bindEvent(Query& query, const VmEvent& event) {
  query->bind(":at", toMilliseconds(event.at));
  query->bind(":vm_id", event.vmId);
  query->bind(":vm_name", event.vmName);
  query->bind(":type", event.type);
  query->bind(":cause", event.cause.kind);
  query->bind(":detail", event.detail);
  query->bind(":request_id", event.cause.requestId);
  query->bind(":user", event.cause.user);
  if (event.exit && event.exit->code) query->bind(":exit_code", *event.exit->code);
  if (event.exit && event.exit->signal) query->bind(":exit_signal", *event.exit->signal);
  query->bind(":labels", labelsToText(event.labels));
}

VmEvent readEvent(Query& query) {
  VmEvent event;
  event.sequence = static_cast<std::uint64_t>(query->getColumn(0).getInt64());
  event.at = timeAt(query, 1);
  event.vmId = query.text(2);
  event.vmName = query.text(3);
  event.type = query.text(4);
  event.cause.kind = query.text(5);
  event.detail = query.text(6);
  event.cause.requestId = query.text(7);
  event.cause.user = query.text(8);
  const auto code = numberAt(query, 9);
  const auto signal = numberAt(query, 10);
  if (code || signal) event.exit = ExitOutcome{code, signal};
  event.labels = labelsFromText(query.text(11));
  return event;
}

void bindToken(Query& query, const Token& token) {
  query->bind(":id", token.id);
  query->bind(":name", token.name);
  query->bind(":hash", token.hash);
  query->bind(":scopes", token.scopes.text());
  query->bind(":created_at", toMilliseconds(token.createdAt));
  if (token.expiresAt) query->bind(":expires_at", toMilliseconds(*token.expiresAt));
}

Result<Token> readToken(Query& query) {
  auto scopes = Scopes::parse(query.text(3));
  if (!scopes) return std::move(scopes).error();
  Token token;
  token.id = query.text(0);
  token.name = query.text(1);
  token.hash = query.text(2);
  token.scopes = *scopes;
  token.createdAt = timeAt(query, 4);
  if (!query->isColumnNull(5)) token.expiresAt = timeAt(query, 5);
  return token;
}

void bindAnswer(Query& query, const KeptAnswer& answer) {
  query->bind(":key", answer.key);
  query->bind(":digest", answer.digest);
  query->bind(":at", toMilliseconds(answer.at));
  query->bind(":text", answer.text);
}

KeptAnswer readAnswer(Query& query) {
  KeptAnswer answer;
  answer.key = query.text(0);
  answer.digest = query.text(1);
  answer.at = timeAt(query, 2);
  answer.text = query.text(3);
  return answer;
}

void bindOperation(Query& query, const VmOperation& operation) {
  query->bind(":id", operation.id);
  query->bind(":vm_id", operation.vmId);
  query->bind(":state", std::string(toText(operation.state)));
  query->bind(":created_at", toMilliseconds(operation.createdAt));
  query->bind(":updated_at", toMilliseconds(operation.updatedAt));
  query->bind(":body", operationToJson(operation).dump());
}

Result<VmOperation> readOperation(Query& query) {
  auto json = parseJson(query.text(0));
  if (!json) return std::move(json).error();
  return operationFromJson(*json);
}

}  // namespace microvm
