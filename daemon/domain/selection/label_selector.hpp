// Which VMs are meant, by their labels: the selectors of Kubernetes.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"

namespace microvm {

/// Requirements that all have to hold.
class LabelSelector {
public:
  /// "team=infra,tier!=db,zone in (a,b),role notin (x),owner,!legacy"; "==" is "=". The empty text means all. At most
  /// 1,023 bytes. Errc::Usage names the part that cannot be read.
  static Result<LabelSelector> parse(std::string_view text);

  /// As Kubernetes has it: "!=" and "notin" also hold where there is no such label.
  [[nodiscard]] bool matches(const std::map<std::string, std::string>& labels) const;

private:
  enum class Kind { Exists, Absent, In, NotIn };
  struct Requirement {
    Kind kind = Kind::Exists;
    std::string key;
    std::vector<std::string> values;
  };
  class Reader;

  std::vector<Requirement> requirements_;
};

}  // namespace microvm
