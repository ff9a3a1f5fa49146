#include "daemon/service/access/tokens.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/random.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "api/core/id.hpp"
#include "daemon/domain/access/sha256.hpp"

namespace microvm {
namespace {

constexpr std::string_view kPrefix = "microvm_";
constexpr Milliseconds kLongestSleep{3'600'000};  // expiry is by the wall clock, which may be set

/// 256 bits, which nobody guesses: a plain hash keeps them.
Result<std::string> newSecret() {
  std::array<unsigned char, 32> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0) return systemError("the system gives no random numbers", errno);
  return fmt::format("{}{:02x}", kPrefix, fmt::join(bytes, ""));
}

/// Holds the name of a token that is being made.
class Name {
public:
  Name(std::set<std::string>& all, std::string name) : all_(all), name_(std::move(name)) {
    isTaken_ = !all_.insert(name_).second;
  }
  ~Name() {
    if (!isTaken_) all_.erase(name_);
  }
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  [[nodiscard]] bool isTaken() const { return isTaken_; }

private:
  std::set<std::string>& all_;
  const std::string name_;
  bool isTaken_ = false;
};

bool isGoodAt(const Token& token, Timestamp time) {
  return !token.expiresAt || time < *token.expiresAt;
}

}  // namespace

Tokens::Tokens(net::any_io_executor executor, Store& store) : store_(store), changed_(std::move(executor)) {}

Task<void> Tokens::open() {
  auto kept = co_await store_.tokens();
  if (!kept) co_return std::move(kept).error();
  for (auto& token : *kept) {
    const std::string hash = token.hash;
    byHash_.insert_or_assign(hash, std::move(token));
  }
  co_return Result<void>();
}

Task<NewToken> Tokens::create(TokenRequest request) {
  if (!isVmName(request.name)) {
    co_return Error{Errc::Usage,
                    fmt::format("\"{}\" is no name for a token", request.name),
                    "up to 63 of a-z, 0-9 and -, which is neither first nor last",
                    {}};
  }
  const Name name(beingMade_, request.name);
  const auto hasName = [&](const auto& entry) { return entry.second.name == request.name; };
  if (name.isTaken() || std::any_of(byHash_.begin(), byHash_.end(), hasName)) {
    co_return Error{Errc::AlreadyExists,
                    fmt::format("there is a token named {} already", request.name),
                    "choose another name, or revoke it first",
                    {}};
  }
  auto secret = newSecret();
  if (!secret) co_return std::move(secret).error();
  NewToken made;
  made.secret = std::move(*secret);
  made.token.id = newUuid();
  made.token.name = std::move(request.name);
  made.token.hash = sha256(made.secret);
  made.token.scopes = request.scopes;
  made.token.createdAt = now();
  if (request.lifetime) made.token.expiresAt = made.token.createdAt + *request.lifetime;
  auto saved = co_await store_.saveToken(made.token);
  if (!saved) co_return std::move(saved).error();
  byHash_.insert_or_assign(made.token.hash, made.token);
  changed_.notifyAll();  // the next expiry may be another one
  co_return made;
}

Task<void> Tokens::revoke(std::string nameOrId) {
  const auto found = std::find_if(byHash_.begin(), byHash_.end(), [&](const auto& entry) {
    return entry.second.name == nameOrId || entry.second.id == nameOrId;
  });
  if (found == byHash_.end()) {
    co_return Error{Errc::NotFound,
                    fmt::format("there is no token named {}", nameOrId),
                    "microvmctl token list shows those there are",
                    {}};
  }
  const std::string hash = found->first;
  const std::string id = found->second.id;
  auto removed = co_await store_.removeToken(id);
  if (!removed) co_return std::move(removed).error();
  byHash_.erase(hash);
  changed_.notifyAll();
  co_return Result<void>();
}

std::vector<Token> Tokens::list() const {
  std::vector<Token> all;
  for (const auto& [hash, token] : byHash_)
    all.push_back(token);
  std::sort(all.begin(), all.end(), [](const Token& a, const Token& b) { return a.name < b.name; });
  return all;
}

std::optional<Token> Tokens::find(std::string_view secret) const {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  const auto found = byHash_.find(sha256(secret));
  if (found == byHash_.end() || !isGoodAt(found->second, now())) return std::nullopt;
  return found->second;
}

bool Tokens::isGood(const std::string& id) const {
  return std::any_of(byHash_.begin(), byHash_.end(),
                     [&](const auto& entry) { return entry.second.id == id && isGoodAt(entry.second, now()); });
}

std::optional<Milliseconds> Tokens::untilNextExpiry() const {
  const auto time = now();
  std::optional<Milliseconds> next;
  for (const auto& [hash, token] : byHash_) {
    if (!token.expiresAt || *token.expiresAt <= time) continue;
    const Milliseconds left = *token.expiresAt - time;
    next = std::min(next.value_or(left), left);
  }
  return next;
}

Task<void> Tokens::awaitLoss() {
  const auto limit = std::min(untilNextExpiry().value_or(kLongestSleep), kLongestSleep);
  auto waited = co_await changed_.wait(limit + Milliseconds(1));
  if (!waited && waited.error().code != Errc::Timeout) co_return waited;
  co_return Result<void>();
}

}  // namespace microvm
