#include "tests/support/guest.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace microvm::test {

std::string realRunner() {
  return builtProgram("vfkit-qemu");
}

Json guestSpec(const Json& spec, const std::vector<std::string>& cmdline) {
  const auto* folder = std::getenv("MICROVM_GUEST");
  if (folder == nullptr)
    throw std::runtime_error(
        "MICROVM_GUEST is not set: packaging/guest/build --output DIR makes a guest, and MICROVM_GUEST=DIR names it");
  const std::string guest = folder;
  for (const auto* file : {"/kernel", "/initrd", "/cmdline"}) {
    if (!std::filesystem::exists(guest + file)) throw std::runtime_error("MICROVM_GUEST has no file " + guest + file);
  }
  auto words = Json::array();
  std::istringstream text(readText(guest + "/cmdline"));
  for (std::string word; text >> word;)
    words.push_back(word);
  for (const auto& word : cmdline)
    words.push_back(word);
  Json merged{
      {"runner", "auto"},
      {"memory", "192MiB"},
      {"boot", {{"linux", {{"kernel", guest + "/kernel"}, {"initrd", guest + "/initrd"}, {"cmdline", words}}}}}};
  merged.merge_patch(spec);
  return merged;
}

std::string runInGuest(ConsoleViewer& console, const std::string& command) {
  static int number = 0;
  const auto mark = "end-" + std::to_string(++number);
  const auto before = console.readUntil(kGuestPrompt).size();
  // The mark is put together by the shell, so that the echo of the line is not taken for it.
  console.type(command + "; echo \"end\"-" + std::to_string(number) + "\n");
  const auto all = console.readUntil(mark);
  return all.substr(before);
}

}  // namespace microvm::test
