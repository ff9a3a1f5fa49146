// What the daemon has acknowledged, against what it lists.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/support/api.hpp"

namespace microvm::test {

enum class Known { Absent, Present, Unknown };

class Ledger {
public:
  explicit Ledger(std::vector<std::string> names);

  struct Entry {
    Known known = Known::Absent;
    std::string id;    ///< empty while it was never told
    std::string mark;  ///< the label that the definition was given
  };
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const Entry& at(const std::string& name) const { return entries_.at(name); }
  Entry& at(const std::string& name) { return entries_.at(name); }

  /// Compares with GET /v1/vms: losses and what came back from the dead, a sentence each. What was unknown is known
  /// afterwards.
  std::vector<std::string> compare(const Json& list);

private:
  void settle(const std::string& name, const Json* vm, std::vector<std::string>& problems);

  std::vector<std::string> names_;
  std::map<std::string, Entry> entries_;
};

}  // namespace microvm::test
