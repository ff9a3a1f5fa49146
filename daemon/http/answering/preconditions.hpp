// What a client requires to be so before anything is done: If-Match, If-None-Match.
#pragma once
#include <cstdint>
#include <string_view>

#include "api/core/result.hpp"
#include "api/http/message.hpp"
#include "daemon/http/exchange.hpp"
#include "daemon/service/service.hpp"

namespace microvm::http {

/// Whether If-None-Match has this tag, compared weakly, or "*".
bool hasAlready(const Headers& headers, std::string_view tag);

bool hasIfMatch(const Headers& headers);
/// The generations that If-Match has tags of; nothing when it is absent or "*". A tag of anything else is none of them.
Generations matchedGenerations(const Headers& headers);
/// Errc::PreconditionFailed unless If-Match is absent, "*", or has a tag of a definition of this generation: what
/// stands before the "-" of a VM's ETag. That its state has changed since is no objection.
Result<void> checkIfMatch(const Headers& headers, std::uint64_t generation);

/// Errc::PreconditionFailed when If-None-Match is "*" or has a tag, weak or not, of a definition of this generation:
/// for what changes a VM. What only looks is answered with 304, see hasAlready().
Result<void> checkIfNoneMatch(const Headers& headers, std::uint64_t generation);
/// The VM that the path names, for a change that both allow.
Result<VmView> matchedVm(const Service& service, const Exchange& exchange);

}  // namespace microvm::http
