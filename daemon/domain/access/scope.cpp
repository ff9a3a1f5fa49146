#include "daemon/domain/access/scope.hpp"

#include <algorithm>
#include <array>

namespace microvm {
namespace {

constexpr std::array kAll{Scope::Read, Scope::Console, Scope::Operate, Scope::Admin};

}  // namespace

std::string_view toText(Scope scope) {
  switch (scope) {
    case Scope::Read:
      return "read";
    case Scope::Console:
      return "console";
    case Scope::Operate:
      return "operate";
    case Scope::Admin:
      return "admin";
  }
  return "";
}

Scopes::Scopes(std::initializer_list<Scope> scopes) {
  for (const Scope scope : scopes)
    add(scope);
}

Result<Scopes> Scopes::parse(std::string_view text) {
  Scopes scopes;
  while (true) {
    const auto end = std::min(text.find(','), text.size());
    const auto word = text.substr(0, end);
    const auto* const known =
        std::find_if(kAll.begin(), kAll.end(), [&](Scope scope) { return toText(scope) == word; });
    if (known == kAll.end()) {
      return Error{Errc::Usage,
                   "\"" + std::string(word) + "\" is no scope of a token",
                   "there are read, console, operate and admin",
                   {}};
    }
    scopes.add(*known);
    if (end == text.size()) return scopes;
    text.remove_prefix(end + 1);
  }
}

bool Scopes::grant(Scope wanted) const {
  return has(wanted) || has(Scope::Admin) || (wanted == Scope::Read && bits_ != 0);
}

std::string Scopes::text() const {
  std::string text;
  for (const Scope scope : kAll) {
    if (has(scope)) text.append(text.empty() ? "" : ",").append(toText(scope));
  }
  return text;
}

void Scopes::add(Scope scope) {
  bits_ |= 1U << static_cast<unsigned>(scope);
}

bool Scopes::has(Scope scope) const {
  return (bits_ & (1U << static_cast<unsigned>(scope))) != 0;
}

}  // namespace microvm
