#include "client/cli/output/advice.hpp"

#include <algorithm>
#include <array>

namespace microvm::cli {
namespace {

/// The programs that hints name.
constexpr std::array<std::string_view, 20> kPrograms{"microvmctl", "microvmd",   "vfkit-qemu", "sudo",      "brew",
                                                     "systemctl",  "journalctl", "loginctl",   "launchctl", "kill",
                                                     "xattr",      "codesign",   "tail",       "chmod",     "chown",
                                                     "mkdir",      "rm",         "df",         "du",        "ls"};

/// A program or an option of one.
bool isTyped(std::string_view hint) {
  const auto first = hint.substr(0, hint.find_first_of(" ,;:"));
  return first.starts_with("--") || std::find(kPrograms.begin(), kPrograms.end(), first) != kPrograms.end();
}

}  // namespace

std::string adviceText(std::string_view hint) {
  if (isTyped(hint)) return "Try: " + std::string(hint);
  std::string sentence(hint);
  if (!sentence.empty() && sentence.front() >= 'a' && sentence.front() <= 'z')
    sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
  return sentence;
}

}  // namespace microvm::cli
