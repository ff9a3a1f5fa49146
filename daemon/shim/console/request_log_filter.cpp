#include "daemon/shim/console/request_log_filter.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace microvm::shim {
namespace {

constexpr std::size_t kLongestLine = 4096;
// '0' stands for any digit.
constexpr std::array<std::string_view, 2> kBeginnings{"[GIN] 0000/00/00 - 00:00:00 |", "[GIN-debug] "};

enum class Match { No, Partly, Whole };

bool fits(char wanted, char byte) {
  return wanted == '0' ? byte >= '0' && byte <= '9' : byte == wanted;
}

Match matchBeginning(std::string_view text, std::string_view beginning) {
  const auto size = std::min(text.size(), beginning.size());
  for (std::size_t i = 0; i < size; ++i) {
    if (!fits(beginning[i], text[i])) return Match::No;
  }
  return size == beginning.size() ? Match::Whole : Match::Partly;
}

Match match(std::string_view text) {
  return std::max(matchBeginning(text, kBeginnings[0]), matchBeginning(text, kBeginnings[1]));
}

}  // namespace

std::string RequestLogFilter::feed(std::string_view bytes) {
  held_.append(bytes);
  std::string out;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const auto found = match(rest);
    const auto end = found == Match::Whole ? rest.find('\n') : std::string_view::npos;
    if (end != std::string_view::npos) {
      rest.remove_prefix(end + 1);
      continue;
    }
    if (found != Match::No && rest.size() < kLongestLine) break;
    const auto guests = std::min(rest.find('[', 1), rest.size());
    out.append(rest.substr(0, guests));
    rest.remove_prefix(guests);
  }
  held_ = std::string(rest);
  return out;
}

std::string RequestLogFilter::release() {
  return std::exchange(held_, {});
}

}  // namespace microvm::shim
