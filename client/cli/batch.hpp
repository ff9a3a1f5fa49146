// One command, several VMs: every name is tried, every failure is told at once, the worst decides.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "client/cli/context.hpp"

namespace microvm::cli {

class Batch {
public:
  using Action = std::function<Result<nlohmann::ordered_json>(const std::string& name)>;

  Batch(Context& context, const std::vector<std::string>& names);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Does it to every name that has not failed yet, and keeps the VM it returns. `failure`: "cannot start".
  void step(std::string_view failure, const Action& action);
  /// Prints the VMs when -o asks for them: one name gives an object, several give an array.
  ExitCode finish();
  /// The first failure of all, if there was one.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

private:
  struct Item;

  Context& context_;
  std::vector<Item> items_;
  ExitCode worst_ = ExitCode::Ok;
  std::optional<Error> failure_;
};

/// What needs one step only: the action to every name, then the VMs as -o asks for them.
ExitCode stepAll(Context& context, const std::vector<std::string>& names, std::string_view failure,
                 const Batch::Action& action);

/// VMs as `format` has them (Json, JsonLines or Name).
enum class Shape { List, Single };
void printVms(Context& context, const std::vector<nlohmann::ordered_json>& vms, Format format, Shape shape);

}  // namespace microvm::cli
