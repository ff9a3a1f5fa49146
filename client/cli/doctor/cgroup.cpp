#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include "client/cli/doctor/linux_checks.hpp"

namespace microvm::doctor {
namespace {

constexpr const char* kMount = "/sys/fs/cgroup";
/// What version 1 writes for no limit is a number near the largest.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60;

/// The files of one resource in one version of control groups.
struct Resource {
  std::string_view controller;  ///< in version 1 the name of the mount too; empty: version 2
  const char* limit;
  const char* used;
  std::optional<std::uint64_t> Room::*room;
};

constexpr Resource kResources[] = {
    {"", "pids.max", "pids.current", &Room::tasks},
    {"", "memory.max", "memory.current", &Room::bytes},
    {"pids", "pids.max", "pids.current", &Room::tasks},
    {"memory", "memory.limit_in_bytes", "memory.usage_in_bytes", &Room::bytes},
};

/// Nothing for "max" and for a file that is not there.
std::optional<std::uint64_t> numberIn(const Host& host, const std::string& path) {
  const auto text = host.read(path);
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc{} && value < kNoLimit ? std::optional<std::uint64_t>(value) : std::nullopt;
}

void narrow(std::optional<std::uint64_t>& room, std::uint64_t left) {
  room = room ? std::min(*room, left) : left;
}

/// Every group above has a say too.
void walkUp(const Host& host, const Resource& resource, std::string path, Room& room) {
  const std::string mount = resource.controller.empty() ? kMount : fmt::format("{}/{}", kMount, resource.controller);
  for (;;) {
    const std::string folder = mount + path;
    const auto limit = numberIn(host, fmt::format("{}/{}", folder, resource.limit));
    const auto used = numberIn(host, fmt::format("{}/{}", folder, resource.used));
    if (limit) narrow(room.*resource.room, *limit - std::min(*limit, used.value_or(0)));
    if (path.empty()) return;
    path.resize(path.rfind('/'));
  }
}

bool hasWord(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return word.empty();
}

}  // namespace

Room roomOf(const Host& host, std::string_view groups) {
  Room room;
  while (!groups.empty()) {
    const auto end = std::min(groups.find('\n'), groups.size());
    const auto line = groups.substr(0, end);
    groups.remove_prefix(std::min(end + 1, groups.size()));
    const auto first = line.find(':');
    const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || !line.substr(second + 1).starts_with('/')) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    std::string path(line.substr(second + 1));
    if (path == "/") path.clear();
    for (const Resource& resource : kResources)
      if (controllers.empty() == resource.controller.empty() && hasWord(controllers, resource.controller))
        walkUp(host, resource, path, room);
  }
  return room;
}

}  // namespace microvm::doctor
