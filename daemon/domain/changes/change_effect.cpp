#include "daemon/domain/changes/change_effect.hpp"

#include <algorithm>

namespace microvm {
namespace {

struct Row {
  std::string_view pattern;  ///< a pointer; "*" stands for one segment, and what is below the pointer belongs to it
  ChangeEffect effect;
};

constexpr Row kRows[] = {
    {"/metadata", ChangeEffect::Live},
    {"/spec/autostart", ChangeEffect::Live},
    {"/spec/restart", ChangeEffect::Live},
    {"/spec/stop", ChangeEffect::Live},
    {"/spec/readiness", ChangeEffect::Live},
    {"/spec/volumes/*/fsType", ChangeEffect::Recreate},
    {"/spec/volumes/*/label", ChangeEffect::Recreate},
    {"/spec/volumes/*/mkfsArgs", ChangeEffect::Recreate},
};

/// The first segment of a pointer without its slash; removes both.
std::string_view nextSegment(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const auto end = std::min(pointer.find('/'), pointer.size());
  const auto segment = pointer.substr(0, end);
  pointer.remove_prefix(end);
  return segment;
}

bool covers(std::string_view pattern, std::string_view pointer) {
  while (!pattern.empty()) {
    if (pointer.empty()) return false;
    const auto wanted = nextSegment(pattern);
    const auto found = nextSegment(pointer);
    if (wanted != "*" && wanted != found) return false;
  }
  return true;
}

}  // namespace

ChangeEffect effectOfChange(std::string_view pointer) {
  const auto row =
      std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& each) { return covers(each.pattern, pointer); });
  return row == std::end(kRows) ? ChangeEffect::Restart : row->effect;
}

std::string_view toText(ChangeEffect effect) {
  switch (effect) {
    case ChangeEffect::Live:
      return "live";
    case ChangeEffect::Restart:
      return "restart";
    case ChangeEffect::Recreate:
      return "recreate";
  }
  return "";
}

}  // namespace microvm
