#include "daemon/runner/vfkit/encoder/stand_in.hpp"

#include <string_view>

#include "api/core/text.hpp"
#include "daemon/domain/definition/mac.hpp"

namespace microvm {

namespace {

// FNV-1a
constexpr std::uint64_t kBasis = 0xcbf29ce484222325;
constexpr std::uint64_t kPrime = 0x100000001b3;

std::uint64_t hashOf(std::string_view text, std::size_t index) {
  std::uint64_t hash = kBasis;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return (hash ^ index) * kPrime;
}

}  // namespace

EncodeOptions standInOptions(const RunnerTarget& target) {
  EncodeOptions options;
  options.program = programOf(target.runner);
  options.runFolder = "/run/microvm/00000000";
  options.socketPath = options.runFolder + "/vfkit.sock";
  options.variableStore = "/var/lib/microvm/efi.vars";
  options.target = target;
  return options;
}

std::size_t giveMacs(Definition& definition) {
  std::size_t given = 0;
  for (std::size_t i = 0; i < definition.interfaces.size(); ++i) {
    if (!definition.interfaces[i].mac.empty()) continue;
    const std::uint64_t hash = hashOf(definition.name, i);
    std::array<std::uint8_t, 6> bytes{};
    for (std::size_t k = 0; k < bytes.size(); ++k)
      bytes[k] = static_cast<std::uint8_t>(hash >> (8 * k));
    definition.interfaces[i].mac = makeMac(bytes);
    ++given;
  }
  return given;
}

std::string shellText(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + shellWord(word);
  return text;
}

}  // namespace microvm
