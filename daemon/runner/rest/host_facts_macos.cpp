// Compiled for macOS, not yet run on one.
#include <charconv>
#include <string>
#include <sys/sysctl.h>

#include "daemon/runner/rest/runner_probe.hpp"

namespace microvm {
namespace {

constexpr int kNestedChip = 3;     // Apple M3
constexpr int kNestedSystem = 15;  // macOS 15

std::string textOf(const char* name) {
  std::size_t size = 0;
  if (::sysctlbyname(name, nullptr, &size, nullptr, 0) != 0 || size == 0) return {};
  std::string text(size, '\0');
  if (::sysctlbyname(name, text.data(), &size, nullptr, 0) != 0) return {};
  return text.c_str();
}

std::optional<std::uint64_t> numberOf(const char* name) {
  std::uint64_t number = 0;
  std::size_t size = sizeof number;
  if (::sysctlbyname(name, &number, &size, nullptr, 0) != 0) return std::nullopt;
  return number;
}

std::optional<int> leadingNumber(const std::string& text, std::size_t at) {
  int number = 0;
  if (at >= text.size()) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return failed == std::errc{} ? std::optional<int>(number) : std::nullopt;
}

/// "Apple M3 Pro" and macOS 15; nothing when either cannot be read.
std::optional<bool> nestedGuests() {
  const std::string before = "Apple M";
  const std::string brand = textOf("machdep.cpu.brand_string");
  const auto chip = brand.starts_with(before) ? leadingNumber(brand, before.size()) : std::nullopt;
  const auto system = leadingNumber(textOf("kern.osproductversion"), 0);
  if (!chip || !system) return std::nullopt;
  return *chip >= kNestedChip && *system >= kNestedSystem;
}

}  // namespace

HostFacts hostFacts(RunnerKind runner) {
  HostFacts facts;
  facts.hasNestedGuests = nestedGuests();
  if (runner == RunnerKind::Qemu) return facts;  // it may give more than there is
  facts.memory = numberOf("hw.memsize");
  if (const auto cpus = numberOf("hw.ncpu")) facts.cpus = static_cast<unsigned>(*cpus & 0xffff);
  return facts;
}

}  // namespace microvm
