#include "daemon/init/listen_fds.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "api/core/text.hpp"

namespace microvm {
namespace {

constexpr int kMostPassed = 64;

std::optional<int> wholeNumber(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Error unreadable(const std::string& variable, const std::string& value) {
  return Error{Errc::Usage, variable + " is " + inQuotes(value) + ", which is no usable number", {}, {}};
}

}  // namespace

Result<std::vector<std::string>> passedNames(const Environment& environment, int pid) {
  const auto forWhom = environment("LISTEN_PID");
  const auto howMany = environment("LISTEN_FDS");
  if (!forWhom || !howMany) return std::vector<std::string>{};
  const auto listener = wholeNumber(*forWhom);
  if (!listener) return unreadable("LISTEN_PID", *forWhom);
  if (*listener != pid) return std::vector<std::string>{};
  const auto count = wholeNumber(*howMany);
  if (!count || *count > kMostPassed) return unreadable("LISTEN_FDS", *howMany);
  std::vector<std::string> names(static_cast<std::size_t>(*count), "unknown");
  const std::string all = environment("LISTEN_FDNAMES").value_or("");
  std::string_view rest = all;
  for (auto& name : names) {
    const auto end = rest.find(':');
    if (end != 0 && !rest.empty()) name = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return names;
}

}  // namespace microvm
