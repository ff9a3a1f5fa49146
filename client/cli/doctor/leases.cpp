#include <charconv>

#include "api/core/text.hpp"
#include "client/cli/doctor/macos_checks.hpp"

namespace microvm::doctor {
namespace {

std::int64_t hexadecimal(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

void take(Lease& lease, std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return;
  const auto name = line.substr(0, equals);
  const auto value = line.substr(equals + 1);
  if (name == "name") lease.name = value;
  if (name == "ip_address") lease.address = value;
  if (name == "hw_address") lease.hardware = value;
  if (name == "lease") lease.expires = hexadecimal(value);
}

}  // namespace

std::vector<Lease> parseLeases(std::string_view text) {
  std::vector<Lease> leases;
  std::optional<Lease> open;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end), " \t\r");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line == "{") {
      open.emplace();
    } else if (line == "}") {
      if (open && !open->address.empty()) leases.push_back(*std::move(open));
      open.reset();
    } else if (open) {
      take(*open, line);
    }
  }
  return leases;
}

}  // namespace microvm::doctor
