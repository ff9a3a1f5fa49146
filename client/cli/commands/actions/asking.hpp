// What all actions have in common: every VM is asked first, so that they work in parallel, then all are waited for.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/core/time.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/batch.hpp"
#include "client/cli/context.hpp"

namespace microvm::cli {

inline constexpr Option kReadyOption{
    "--ready", "", "return when it is ready by its definition's readiness; implies --wait", Takes::Nothing};
inline constexpr Option kNoWaitOption{"--no-wait", "", "return as soon as the daemon has accepted", Takes::Nothing};
inline constexpr Option kAllOption{"--all", "", "every VM that this makes sense for", Takes::Nothing};

/// What an action says of itself.
struct ActionWords {
  std::string_view failure;  ///< "cannot start"
  std::string_view doing;    ///< "starting"
  std::string_view already;  ///< "is running already"
  std::string_view done;     ///< "is running"
};
inline constexpr ActionWords kStartWords{"cannot start", "starting", "is running already", "is running"};

/// What is waited for.
enum class Until { Done, Ready };

class Asking {
public:
  using Ask = std::function<Result<client::Accepted>(client::Client& client, const std::string& name)>;

  Asking(Context& context, Batch& batch, const ActionWords& words);

  void ask(const Ask& action);
  /// One limit for all of them together.
  void wait(Milliseconds limit, Until until = Until::Done);
  /// The longest time that a guest has been given to power off; zero when none is asked to.
  [[nodiscard]] Milliseconds longestGrace() const { return longestGrace_; }

private:
  Context& context_;
  Batch& batch_;
  const ActionWords& words_;
  std::map<std::string, std::string> operations_;  // their ids, by the VM's name
  Milliseconds longestGrace_{0};
};

/// The operands, or with --all every VM that `suits`. Errc::Usage for neither and for both.
Result<std::vector<std::string>> namesOf(Context& context, const Arguments& arguments,
                                         bool (*suits)(std::string_view state));
/// --timeout, or 60 s.
Result<Milliseconds> waitLimit(const Arguments& arguments);
/// What --wait and --ready ask for, if anything.
std::optional<Until> wantedWait(const Arguments& arguments);
/// Errc::Usage for a --timeout without the --wait or --ready that it limits.
Result<void> checkTimeout(const Arguments& arguments);
/// Whether something of the VM runs.
bool isUp(std::string_view state);

}  // namespace microvm::cli
