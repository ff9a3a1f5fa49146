// What stood on the command line, after the parser.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"

namespace microvm::cli {

/// Values by the option's first long name without dashes ("output" for -o, --output and --format). Every value is text;
/// the readers below say which option is wrong when it is not what they want (Errc::Usage).
class Arguments {
public:
  void setOperands(std::vector<std::string> operands) { operands_ = std::move(operands); }
  void set(std::string_view option, std::vector<std::string> values);

  /// Operands: the words that are neither a command nor an option.
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }
  [[nodiscard]] bool has(std::string_view option) const;
  /// The last value given.
  [[nodiscard]] std::optional<std::string> text(std::string_view option) const;
  /// Every value given, in order.
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  [[nodiscard]] Result<std::optional<Milliseconds>> duration(std::string_view option) const;
  /// A time, "2026-11-23T10:40:52Z" with milliseconds or without, or a span before now: "5m".
  [[nodiscard]] Result<std::optional<Timestamp>> time(std::string_view option) const;
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view option) const;

private:
  std::vector<std::string> operands_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace microvm::cli
