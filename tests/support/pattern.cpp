#include "tests/support/pattern.hpp"

#include <string_view>

namespace microvm::test {
namespace {

constexpr std::string_view kLine = "line 000000000000 the quick brown fox jumps over the lazy dogs.\n";
constexpr std::size_t kLastDigit = 16;
static_assert(kLine.size() == 64);

}  // namespace

std::string consolePattern(std::uint64_t offset, std::uint64_t size) {
  std::string text;
  text.reserve(size + 2 * kLine.size());
  const auto first = offset / kLine.size();
  for (auto line = first; line * kLine.size() < offset + size; ++line) {
    text += kLine;
    auto digit = text.size() - kLine.size() + kLastDigit;
    for (auto rest = line; rest > 0; rest /= 10)
      text[digit--] = static_cast<char>('0' + rest % 10);
  }
  return text.substr(offset - first * kLine.size(), size);
}

}  // namespace microvm::test
