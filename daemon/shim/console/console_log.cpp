#include "daemon/shim/console/console_log.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include "api/core/file.hpp"

namespace microvm::shim {
namespace {

constexpr std::size_t kDigits = 20;
constexpr std::string_view kSuffix = ".log";
constexpr std::uint64_t kSmallestSegment = 4096;

std::string nameOf(std::uint64_t start) {
  const auto digits = std::to_string(start);
  return std::string(kDigits - digits.size(), '0') + digits + std::string(kSuffix);
}

}  // namespace

bool isSegmentName(std::string_view name, std::uint64_t& start) {
  if (name.size() != kDigits + kSuffix.size() || name.substr(kDigits) != kSuffix) return false;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, start);
  return error == std::errc{} && end == name.data() + kDigits;
}

std::string ConsoleLog::pathOf(std::uint64_t start) const {
  return settings_.folder + "/" + nameOf(start);
}

Result<ConsoleLog> ConsoleLog::open(Settings settings) {
  settings.size = std::max(settings.size, kSmallestSegment);
  settings.keep = std::max(settings.keep, 1U);
  ConsoleLog log(std::move(settings));
  if (auto made = makeFolders(log.settings_.folder); !made) return std::move(made).error();
  if (auto scanned = log.scan(); !scanned) return std::move(scanned).error();
  // Segments may have gone or been cut since: an offset is given once all the same.
  log.end_ = std::max(log.end_, ConsoleIndex::open(indexPath(log.settings_.folder)).content().furthest());
  return log;
}

Result<void> ConsoleLog::scan() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(settings_.folder.c_str()), &::closedir);
  if (!folder) return systemError("cannot list " + settings_.folder, errno);
  while (const dirent* entry = ::readdir(folder.get())) {
    std::uint64_t start = 0;
    if (isSegmentName(entry->d_name, start)) segments_.push_back(start);
  }
  std::sort(segments_.begin(), segments_.end());
  if (segments_.empty()) return {};
  struct stat info {};
  if (::stat(pathOf(segments_.back()).c_str(), &info) != 0) {
    return systemError("cannot read " + pathOf(segments_.back()), errno);
  }
  end_ = segments_.back() + static_cast<std::uint64_t>(info.st_size);
  return {};
}

void ConsoleLog::boot(Timestamp at) {
  if (!index_) index_ = ConsoleIndex::open(indexPath(settings_.folder));
  index_->boot(end_, at);
}

void ConsoleLog::ended() {
  if (index_) index_->ended(end_);
}

/// Whether the file that is open is still the segment: has its name, and every byte that was written.
bool ConsoleLog::isWhole() const {
  struct stat info {};
  if (::fstat(current_.get(), &info) != 0 || info.st_nlink == 0) return false;
  return static_cast<std::uint64_t>(info.st_size) == end_ - segments_.back();
}

/// A segment that has bytes must be there already; what is found where a new one begins is nobody's.
bool ConsoleLog::openFile(std::uint64_t start) {
  const auto path = pathOf(start);
  const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (start == end_ ? O_CREAT | O_TRUNC : 0);
  current_.reset(::open(path.c_str(), flags, 0600));
  if (!current_ && start == end_ && errno == ENOENT && makeFolders(settings_.folder)) {
    current_.reset(::open(path.c_str(), flags, 0600));
  }
  return static_cast<bool>(current_);
}

bool ConsoleLog::openSegment() {
  const bool isFull = segments_.empty() || end_ - segments_.back() >= settings_.size;
  if (current_ && !isFull) return true;
  if (!isFull && openFile(segments_.back()) && isWhole()) return true;
  if (!openFile(end_)) return false;
  if (segments_.empty() || segments_.back() != end_) {
    segments_.push_back(end_);
    rotate();
  }
  return true;
}

void ConsoleLog::rotate() {
  while (segments_.size() > settings_.keep) {
    ::unlink(pathOf(segments_.front()).c_str());
    if (cached_ && cachedStart_ == segments_.front()) cached_.reset();
    segments_.erase(segments_.begin());
  }
  if (index_) index_->trim(segments_.front());
}

std::size_t ConsoleLog::write(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    if (!openSegment()) break;
    const auto room = static_cast<std::size_t>(settings_.size - (end_ - segments_.back()));
    const auto part = bytes.substr(done, room);
    const auto written = ::write(current_.get(), part.data(), part.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
    end_ += static_cast<std::uint64_t>(written);
  }
  return done;
}

void ConsoleLog::writeGap() {
  const auto text = "\r\n[microvm: " + std::to_string(gap_) + " bytes of the console could not be stored]\r\n";
  if (write(text) != 0) gap_ = 0;
}

void ConsoleLog::append(std::string_view bytes, Timestamp at) {
  if (bytes.empty()) return;
  if (current_ && !isWhole()) current_.reset();
  rate_.add(bytes.size(), RateCounter::Clock::now());
  if (index_) index_->wrote(end_, at);
  if (gap_ != 0) writeGap();
  const auto written = gap_ == 0 ? write(bytes) : 0;
  dropped_ += bytes.size() - written;
  gap_ += bytes.size() - written;
}

int ConsoleLog::readable(std::uint64_t start) {
  if (!cached_ || cachedStart_ != start) {
    cached_.reset(::open(pathOf(start).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    cachedStart_ = start;
  }
  return cached_.get();
}

ConsoleLog::Piece ConsoleLog::read(std::uint64_t offset, char* buffer, std::size_t capacity) {
  auto next = std::upper_bound(segments_.begin(), segments_.end(), offset);
  if (next != segments_.begin()) --next;
  for (; next != segments_.end(); ++next) {
    const auto from = std::max(offset, *next);
    if (from >= end_) break;
    const auto until = next + 1 == segments_.end() ? end_ : *(next + 1);
    if (from >= until) continue;
    const auto limit = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, until - from));
    const int fd = readable(*next);
    const auto got = fd < 0 ? -1 : ::pread(fd, buffer, limit, static_cast<off_t>(from - *next));
    if (got > 0) return {from, static_cast<std::size_t>(got)};
  }
  return {end_, 0};
}

}  // namespace microvm::shim
