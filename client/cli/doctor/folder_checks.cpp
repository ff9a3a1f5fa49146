#include "client/cli/doctor/folder_checks.hpp"

#include <charconv>

#include <fmt/format.h>

#include "api/core/run_folder.hpp"
#include "api/core/size.hpp"

namespace microvm::doctor {
namespace {

constexpr unsigned kOthersWrite = 0022;
constexpr unsigned kSticky = 01000;
constexpr unsigned kOthersRead = 0055;
constexpr std::size_t kLongestSocket = 103;
constexpr std::uint64_t kLowSpace = kGiB;
constexpr std::uint64_t kNoSpace = 64 * kMiB;
constexpr std::uint64_t kFewInodes = 1000;
constexpr std::uint64_t kFewFiles = 1024;

/// One of the daemon's two folders, and the flag that chooses another.
struct Place {
  const char* what;
  const char* flag;
};
constexpr Place kState{"state folder", "--state-dir"};
constexpr Place kRun{"run folder", "--run-dir"};

/// The folder itself, or the one above it that is there.
std::string nearest(const Host& host, std::string path) {
  while (path.size() > 1 && !host.look(path)) {
    const auto slash = path.rfind('/');
    path = slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  }
  return path;
}

Finding toBeMade(const Host& host, Place place, const std::string& path) {
  const auto above = nearest(host, path);
  if (const auto may = host.may(above, Use::ReadWrite); !may)
    return {Level::Error, fmt::format("the {} {} cannot be made: {}", place.what, path, may.error().detail),
            "microvmd does not start without it.", fmt::format("microvmd {} FOLDER", place.flag)};
  return {Level::Ok, fmt::format("microvmd will make the {} {}", place.what, path), {}, {}};
}

std::optional<Finding> checkFolder(const Host& host, const Subject& subject, Place place, const std::string& path) {
  const std::string refused = "microvmd does not work in it.";
  if (path.empty()) return std::nullopt;
  const auto info = host.look(path);
  if (!info && info.error().code == Errc::NotFound) return toBeMade(host, place, path);
  if (!info) return Finding{Level::Error, info.error().detail, refused, {}};
  auto finding = fmt::format("the {} {} ", place.what, path);
  // A daemon that answers has made sure of that itself; root may well ask another user's.
  const bool isOurs = info->owner == host.user() || subject.daemon;
  const auto close = fmt::format("chmod 700 {}", quoted(path));
  if (info->kind != FileKind::Folder)
    return Finding{Level::Error, finding + "is no folder", refused, fmt::format("mv {0} {0}.old", quoted(path))};
  if (!isOurs)
    return Finding{Level::Error, finding + fmt::format("belongs to user {}, not to user {}", info->owner, host.user()),
                   refused, fmt::format("sudo chown -R \"$USER\" {}", quoted(path))};
  // A folder that everybody shares, such as /tmp, is to stay so: the daemon gets another.
  const bool isShared = (info->mode & kSticky) != 0;
  if ((info->mode & kOthersWrite) != 0)
    return Finding{Level::Error, finding + fmt::format("has mode {:04o}: others may write in it", info->mode),
                   refused + " Whoever writes there can put sockets of their own in the place of its own.",
                   isShared ? fmt::format("microvmd {} FOLDER", place.flag) : close};
  if (const auto may = host.may(path, Use::ReadWrite); !may)
    return Finding{Level::Error, may.error().detail, refused, close};
  if ((info->mode & kOthersRead) != 0)
    return Finding{Level::Warning, finding + fmt::format("has mode {:04o}: others may read it", info->mode),
                   "Definitions and consoles may hold secrets.", close};
  return Finding{Level::Ok, finding + fmt::format("is closed to others (mode {:04o})", info->mode), {}, {}};
}

/// The limit of a process, out of /proc/PID/limits: soft, then hard.
std::optional<std::uint64_t> limitIn(std::string_view limits) {
  constexpr std::string_view kName = "Max open files";
  const auto at = limits.find(kName);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = limits.substr(at + kName.size());
  const auto digits = rest.find_first_not_of(' ');
  if (digits == std::string_view::npos) return std::nullopt;
  std::uint64_t soft = 0;
  const auto [end, error] = std::from_chars(rest.data() + digits, rest.data() + rest.size(), soft);
  return error == std::errc{} ? std::optional<std::uint64_t>(soft) : std::nullopt;
}

}  // namespace

std::optional<Finding> checkStateFolder(const Host& host, const Subject& subject) {
  return checkFolder(host, subject, kState, subject.stateFolder);
}

std::optional<Finding> checkRunFolder(const Host& host, const Subject& subject) {
  return checkFolder(host, subject, kRun, subject.runFolder);
}

std::optional<Finding> checkSocketPaths(const Host& /*host*/, const Subject& subject) {
  const std::string reason =
      "A Unix socket's path has at most 103 bytes on every system, and a runner adds its own name.";
  const std::string fix = "microvmd --run-dir FOLDER with a short path, such as /tmp/microvm-$UID";
  if (const auto fits = microvm::checkRunFolder(subject.runFolder); !fits)
    return Finding{Level::Error, fits.error().detail, reason, fix};
  if (subject.socket.size() > kLongestSocket)
    return Finding{Level::Error, fmt::format("the socket {} has {} bytes", subject.socket, subject.socket.size()),
                   reason, "microvmd --socket PATH with a short path"};
  return Finding{
      Level::Ok,
      fmt::format("{} has {} bytes, {} at most", subject.runFolder, subject.runFolder.size(), kLongestRunFolder),
      {},
      {}};
}

std::optional<Finding> checkDiskSpace(const Host& host, const Subject& subject) {
  if (subject.stateFolder.empty()) return std::nullopt;
  const auto folder = nearest(host, subject.stateFolder);
  const auto space = host.space(folder);
  if (!space) return Finding{Level::Info, space.error().detail, "The space for consoles and disks is not known.", {}};
  const bool fewInodes = space->files < kFewInodes;
  auto finding = fewInodes ? fmt::format("{} has room for {} more files", folder, space->files)
                           : fmt::format("{} has {} MiB free", folder, space->bytes / kMiB);
  const std::string reason =
      "Definitions, consoles and growing disk images need it; a guest whose disk cannot grow halts.";
  const std::string fix = fmt::format("du -xh --max-depth=2 {} | sort -h", quoted(folder));
  if (space->bytes < kNoSpace || space->files == 0) return Finding{Level::Error, std::move(finding), reason, fix};
  if (space->bytes < kLowSpace || fewInodes) return Finding{Level::Warning, std::move(finding), reason, fix};
  return Finding{Level::Ok, std::move(finding), {}, {}};
}

std::optional<Finding> checkOpenFiles(const Host& host, const Subject& subject) {
  std::optional<std::uint64_t> limit;
  std::string_view whose = "a microvmd started here";
  if (subject.daemon && subject.daemon->pid > 0) {
    const auto limits = host.read(fmt::format("/proc/{}/limits", subject.daemon->pid));
    if (limits) limit = limitIn(*limits);
    if (limit) whose = "microvmd";
  }
  if (!limit) {
    const auto most = host.openFiles();
    if (!most) return Finding{Level::Info, most.error().detail, {}, {}};
    limit = *most;
  }
  auto finding = fmt::format("{} can have {} files open", whose, *limit);
  if (*limit >= kFewFiles) return Finding{Level::Ok, std::move(finding), {}, {}};
  return Finding{Level::Warning, std::move(finding), "Every VM and every viewer of a console takes some.",
                 host.platform() == Platform::MacOs ? "sudo launchctl limit maxfiles 8192 unlimited"
                                                    : "LimitNOFILE=8192 in the service, or ulimit -n 8192 as root"};
}

}  // namespace microvm::doctor
