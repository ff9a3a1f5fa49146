// The tokens there are: made, looked up, revoked. Main thread only.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/async/condition.hpp"
#include "daemon/domain/access/token.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

struct TokenRequest {
  std::string name;
  Scopes scopes;
  std::optional<Milliseconds> lifetime;  ///< for ever without one
};

/// The only time that anybody sees the secret.
struct NewToken {
  Token token;
  std::string secret;
};

class Tokens {
public:
  /// The store outlives it.
  Tokens(net::any_io_executor executor, Store& store);

  /// Reads what the store has.
  Task<void> open();
  /// Errc::AlreadyExists, Errc::Usage for a name that is none.
  Task<NewToken> create(TokenRequest request);
  /// By name or id. From now on it lets nobody in, and whoever is in by it is put out.
  Task<void> revoke(std::string nameOrId);
  /// By name; expired ones among them, until they are revoked.
  [[nodiscard]] std::vector<Token> list() const;

  /// The token of this secret, if it is good now.
  [[nodiscard]] std::optional<Token> find(std::string_view secret) const;
  [[nodiscard]] bool isGood(const std::string& id) const;
  /// Ends when a token may not be good any more: one was revoked, one has expired.
  Task<void> awaitLoss();

private:
  [[nodiscard]] std::optional<Milliseconds> untilNextExpiry() const;

  Store& store_;
  std::map<std::string, Token> byHash_;
  std::set<std::string> beingMade_;  // their names
  Condition changed_;
};

}  // namespace microvm
