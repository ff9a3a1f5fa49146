// What a token may be used for.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "api/core/result.hpp"

namespace microvm {

enum class Scope {
  Read,     ///< look at everything but consoles
  Console,  ///< read and write consoles: whoever can may become root in a guest
  Operate,  ///< start, stop, pause, kill: what changes no definition
  Admin,    ///< everything, tokens among it
};

/// Some of them. Admin brings all the others, Console and Operate bring Read.
class Scopes {
public:
  Scopes() = default;
  Scopes(std::initializer_list<Scope> scopes);
  /// "read,operate". Errc::Usage names the word that is none.
  static Result<Scopes> parse(std::string_view text);

  [[nodiscard]] bool grant(Scope wanted) const;
  /// Those that were given, in order: "read,operate".
  [[nodiscard]] std::string text() const;
  bool operator==(const Scopes&) const = default;

private:
  void add(Scope scope);
  [[nodiscard]] bool has(Scope scope) const;
  unsigned bits_ = 0;
};

std::string_view toText(Scope scope);

}  // namespace microvm
