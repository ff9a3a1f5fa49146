// Which paths, labels and lists a definition may carry. Each problem is noted with the member's JSON pointer.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/error.hpp"

namespace microvm {

/// What is wrong with a path, if anything: absolute, below 1024 bytes, UTF-8, no control characters, no "..".
std::optional<std::string> pathProblem(const std::string& path);

/// Notes that problem. False when there is one.
bool checkPath(const std::string& path, const std::string& pointer, std::vector<FieldError>& errors);

/// A path that the runner binds, dials or makes itself: the last part has only [A-Za-z0-9._@:+~-], which nothing
/// escapes or cuts on its way. The folders may have any name; they are reached through a link.
bool checkPlainPath(const std::string& path, const std::string& pointer, std::vector<FieldError>& errors);

/// Empty, or a path in the guest.
void checkMountPoint(const std::string& path, const std::string& pointer, std::vector<FieldError>& errors);

/// Whether a list is within its cap; notes it when not.
bool isFew(std::size_t count, std::size_t most, const std::string& pointer, std::vector<FieldError>& errors);

/// Kubernetes' rules: keys "[prefix/]name", values of at most 63 bytes, at most 64 labels.
void checkLabels(const std::map<std::string, std::string>& labels, std::vector<FieldError>& errors);

/// Remembers who used a value first.
class Uses {
public:
  /// `list`: the pointer of the list, such as /spec/volumes.
  explicit Uses(std::string_view list) : list_(list) {}

  /// Notes a value that an earlier entry has.
  void add(const std::string& key, std::size_t index, std::string_view member, std::vector<FieldError>& errors);

private:
  std::string_view list_;
  std::map<std::string, std::size_t> first_;
};

}  // namespace microvm
