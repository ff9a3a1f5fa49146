// The tables behind the records. A row's sentences are printed as they stand.
#pragma once
#include <span>
#include <string_view>

#include "daemon/domain/capabilities/record.hpp"

namespace microvm {

struct CapabilityRow {
  Feature feature;
  Support support;
  std::string_view since;
  std::string_view why;
  std::string_view how;
};

std::span<const CapabilityRow> vfkitRows();
std::span<const CapabilityRow> krunkitRows();
std::span<const CapabilityRow> qemuRows();

}  // namespace microvm
