// VMs and events as rows. Throws SQLite::Exception.
#pragma once
#include "daemon/domain/access/token.hpp"
#include "daemon/domain/event.hpp"
#include "daemon/domain/supervision/operation.hpp"
#include "daemon/domain/vm.hpp"
#include "daemon/store/kept_answer.hpp"
#include "daemon/store/sqlite/connection.hpp"

namespace microvm {

/// Binds :id, :name and all other columns of a VM but :run_id and :created_at, which never change; of a broken VM only
/// what is known all the same: not :definition, :state, :reason and :state_since.
enum class Bind { All, WhatIsKnown };
void bindVm(Query& query, const Vm& vm, Bind columns);
/// The row under the cursor, all columns in the order of schemas/sql. What cannot be read makes it State::Broken with
/// the reason.
Vm readVm(Query& query);

void bindEvent(Query& query, const VmEvent& event);
/// The row under the cursor, all columns in the order of schemas/sql.
VmEvent readEvent(Query& query);

void bindToken(Query& query, const Token& token);
/// The row under the cursor. A token whose scopes cannot be read lets nobody in.
Result<Token> readToken(Query& query);

void bindAnswer(Query& query, const KeptAnswer& answer);
/// The row under the cursor, all columns in the order of schemas/sql.
KeptAnswer readAnswer(Query& query);

void bindOperation(Query& query, const VmOperation& operation);
/// The row under the cursor, its body alone.
Result<VmOperation> readOperation(Query& query);

}  // namespace microvm
