// Who may do what: tokens, their scopes, and where a browser's page comes from.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "api/http/message.hpp"
#include "api/wire/operations.hpp"
#include "daemon/domain/access/scope.hpp"

namespace microvm::http {

/// What a token must be good for to ask for this operation.
Scope scopeOf(const Operation& operation);

/// The secret of "Authorization: Bearer SECRET".
std::optional<std::string_view> bearerOf(const Headers& headers);

/// Errc::Permission when a page of another site asks: a browser says so in Origin, and no other client has one.
Result<void> checkOrigin(const Headers& headers);

/// The Host without its port, an IPv6 address without its brackets.
std::string hostName(std::string_view host);

}  // namespace microvm::http
