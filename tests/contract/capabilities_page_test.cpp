// docs/capabilities.md is made from the records. When this fails, look at the difference and copy the file that it
// names.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "daemon/domain/capabilities/record.hpp"

using namespace microvm;

namespace {

constexpr Host kMac{HostSystem::Macos, Architecture::Arm64};
constexpr Host kIntelMac{HostSystem::Macos, Architecture::Amd64};
constexpr Host kLinux{HostSystem::Linux, Architecture::Amd64};
constexpr Host kArmLinux{HostSystem::Linux, Architecture::Arm64};

RunnerTarget with(RunnerKind runner, const Host& host, Accelerator accelerator) {
  RunnerTarget target = usualTarget(runner, host);
  target.accelerator = accelerator;
  return target;
}

struct Column {
  std::string title;
  CapabilityRecord record;
};

std::vector<Column> columns() {
  return {{"vfkit", recordOf(usualTarget(RunnerKind::Vfkit, kMac))},
          {"vfkit, Intel", recordOf(usualTarget(RunnerKind::Vfkit, kIntelMac))},
          {"krunkit", recordOf(usualTarget(RunnerKind::Krunkit, kMac))},
          {"qemu, KVM, q35", recordOf(with(RunnerKind::Qemu, kLinux, Accelerator::Kvm))},
          {"qemu, TCG, q35", recordOf(with(RunnerKind::Qemu, kLinux, Accelerator::Tcg))},
          {"qemu, KVM, virt", recordOf(with(RunnerKind::Qemu, kArmLinux, Accelerator::Kvm))},
          {"qemu, HVF, virt", recordOf(with(RunnerKind::Qemu, kMac, Accelerator::Hvf))}};
}

std::string cellOf(const Capability& capability) {
  std::string text(toText(capability.support));
  if (!capability.since.empty()) text += " (" + capability.since + ")";
  return text;
}

void addTable(std::ostream& page) {
  const auto all = columns();
  page << "| feature |";
  for (const Column& column : all)
    page << " " << column.title << " |";
  page << "\n|---|";
  for (std::size_t i = 0; i < all.size(); ++i)
    page << "---|";
  page << "\n";
  for (const FeatureName& name : featureNames()) {
    page << "| `" << name.group << "." << name.leaf << "`: " << name.title << " |";
    for (const Column& column : all)
      page << " " << cellOf(column.record.at(name.feature)) << " |";
    page << "\n";
  }
}

void addReasons(std::ostream& page, const std::string& title, const CapabilityRecord& record) {
  page << "\n## " << title << "\n\n| feature | | what is said | the way out |\n|---|---|---|---|\n";
  for (const FeatureName& name : featureNames()) {
    const Capability& capability = record.at(name.feature);
    if (capability.why.empty()) continue;
    page << "| `" << name.group << "." << name.leaf << "` | " << toText(capability.support) << " | " << capability.why
         << " | " << capability.how << " |\n";
  }
}

std::string page() {
  std::ostringstream text;
  text << "# What the runners can do\n\n"
          "Made from the records that definitions are checked against; a test keeps it so. `yes (0.6.2)` is yes since "
          "that version of the\nrunner. `partial`: something is there and does not do what it is for; it is refused "
          "like `no`. `external`: somebody else does it,\nwhich is told as a warning. `microvmctl capabilities` shows "
          "what is true on your host: a probe of the installed runner may take\nsomething away, and never adds "
          "anything.\n\n";
  addTable(text);
  addReasons(text, "vfkit", recordOf(usualTarget(RunnerKind::Vfkit, kMac)));
  addReasons(text, "krunkit", recordOf(usualTarget(RunnerKind::Krunkit, kMac)));
  addReasons(text, "vfkit-qemu on Linux", recordOf(usualTarget(RunnerKind::Qemu, kLinux)));
  addReasons(text, "vfkit-qemu on macOS", recordOf(usualTarget(RunnerKind::Qemu, kMac)));
  return text.str();
}

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("the page of capabilities says what the records say") {
  const std::string path = std::string(std::getenv("MICROVM_SOURCE")) + "/docs/capabilities.md";
  const std::string made = std::string(std::getenv("MICROVM_BUILD")) + "/capabilities.md";
  std::ofstream(made) << page();
  CAPTURE(made);

  CHECK(contentOf(path) == page());
}
