#include "client/cli/command.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace microvm::cli {
namespace {

std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

constexpr std::array<Option, 4> kGlobal{{
    {"--host", "ADDRESS",
     "the daemon: unix://PATH, ssh://USER@HOST or https://HOST:PORT; otherwise MICROVM_HOST, otherwise the user's own "
     "daemon",
     Takes::OneValue},
    {"-q,--quiet", "", "no notes on standard error; list prints names only", Takes::Nothing},
    {"-h,--help", "", "this text", Takes::Nothing},
    {"-V,--version", "", "the client's version", Takes::Nothing},
}};

}  // namespace

const Command* findCommand(CommandTable table, std::string_view name) {
  for (const Command* command : table) {
    if (command->name == name || (!command->alias.empty() && command->alias == name)) return command;
  }
  return nullptr;
}

std::string_view closestCommand(CommandTable table, std::string_view name) {
  std::string_view best;
  std::size_t bestDistance = 3;
  for (const Command* command : table) {
    const std::size_t distance = editDistance(command->name, name.substr(0, 32));
    if (distance < bestDistance) {
      best = command->name;
      bestDistance = distance;
    }
  }
  return best;
}

std::string_view keyOf(const Option& option) {
  const auto dashes = option.names.find("--");
  const auto name = option.names.substr(dashes + 2);
  return name.substr(0, name.find(','));
}

std::span<const Option> globalOptions() {
  return kGlobal;
}

}  // namespace microvm::cli
