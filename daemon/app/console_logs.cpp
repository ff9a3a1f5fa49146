#include "daemon/app/console_logs.hpp"

#include <algorithm>

#include "daemon/shim/console/console_log.hpp"

namespace microvm {

Result<ConsoleSlice> ConsoleLogFiles::read(const VmPaths& paths, std::uint64_t offset, std::size_t limit) const {
  shim::ConsoleLog::Settings settings;
  settings.folder = paths.consoleFolder();
  auto log = shim::ConsoleLog::open(std::move(settings));
  if (!log) return std::move(log).error();
  ConsoleSlice slice;
  slice.start = log->start();
  slice.end = log->end();
  slice.offset = std::clamp(offset, slice.start, slice.end);
  slice.bytes.resize(std::min<std::uint64_t>(limit, slice.end - slice.offset));
  std::size_t have = 0;
  while (have < slice.bytes.size()) {
    const auto piece = log->read(slice.offset + have, slice.bytes.data() + have, slice.bytes.size() - have);
    const bool jumped = piece.offset != slice.offset + have;
    if (piece.size == 0 || (jumped && have != 0))
      break;  // rotated away meanwhile: the next call goes on behind the gap
    if (jumped) slice.offset = piece.offset;
    have += piece.size;
  }
  slice.bytes.resize(have);
  return slice;
}

Result<ConsoleTimes> ConsoleLogFiles::times(const VmPaths& paths) const {
  const auto content = shim::ConsoleIndex::open(shim::ConsoleLog::indexPath(paths.consoleFolder())).content();
  ConsoleTimes times;
  for (const auto& boot : content.boots)
    times.boots.push_back({boot.number, boot.offset, boot.at});
  for (const auto& mark : content.times)
    times.marks.push_back({mark.offset, mark.at});
  return times;
}

}  // namespace microvm
