#include "client/cli/console/recording.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// The bytes that a character with this first byte has; 0 for a byte that begins none.
std::size_t bytesOf(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// A file of this machine is none of the daemon's: its code must not read as "no such VM".
Error localFailure(const std::string& what, int errnoValue) {
  auto error = systemError(what, errnoValue);
  error.code = Errc::Io;
  return error;
}

bool isTail(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

}  // namespace

std::string CharacterCutter::feed(std::string_view bytes) {
  held_.append(bytes);
  std::string out;
  std::string_view rest = held_;
  while (!rest.empty()) {
    const auto wanted = bytesOf(static_cast<unsigned char>(rest.front()));
    std::size_t have = 1;
    while (have < wanted && have < rest.size() && isTail(rest[have]))
      ++have;
    if (wanted > have && have == rest.size()) break;  // the rest of it is yet to come
    const auto character = rest.substr(0, have);
    out += have == wanted && isUtf8(character) ? character : kReplacement;
    rest.remove_prefix(have);
  }
  held_ = std::string(rest);
  return out;
}

std::string CharacterCutter::finish() {
  return std::exchange(held_, {}).empty() ? std::string() : std::string(kReplacement);
}

Result<Recording> Recording::create(const std::string& path, std::string_view title, TerminalSize size,
                                    Clock::time_point begin) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
  if (!file && errno == EEXIST) {
    return Error{Errc::Io, path + " is there already and stays as it is", "choose another name, or remove it", {}};
  }
  if (!file) return localFailure("cannot record into " + path, errno);
  Recording recording(path, std::move(file), begin);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  const Json head{
      {"version", 2}, {"width", size.columns}, {"height", size.rows}, {"timestamp", seconds}, {"title", title}};
  if (auto written = recording.write(head.dump(-1, ' ', false, Json::error_handler_t::replace)); !written) {
    return std::move(written).error();
  }
  return recording;
}

Result<void> Recording::write(const std::string& line) {
  const auto whole = line + "\n";
  const auto written = ::write(file_.get(), whole.data(), whole.size());
  if (written == static_cast<ssize_t>(whole.size())) return {};
  return localFailure("cannot record into " + path_, written < 0 ? errno : ENOSPC);
}

Result<void> Recording::event(std::string_view kind, std::string_view text, Clock::time_point at) {
  if (text.empty()) return {};
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(at - begin_).count();
  return write(fmt::format("[{}.{:06}, \"{}\", {}]", micros / 1'000'000, micros % 1'000'000, kind, Json(text).dump()));
}

Result<void> Recording::output(std::string_view bytes, Clock::time_point at) {
  return event("o", cutter_.feed(bytes), at);
}

Result<void> Recording::resize(TerminalSize size, Clock::time_point at) {
  return event("r", fmt::format("{}x{}", size.columns, size.rows), at);
}

Result<void> Recording::finish(Clock::time_point at) {
  return event("o", cutter_.finish(), at);
}

Result<void> checkRecordingHead(std::string_view line) {
  const auto head = Json::parse(line, nullptr, false);
  const auto version = head.is_object() ? head.find("version") : head.end();
  if (head.is_object() && version != head.end() && *version == 2) return {};
  return Error{Errc::Invalid, "the first line is not the head of an asciicast of version 2", {}, {}};
}

Result<std::optional<RecordedEvent>> parseRecordedEvent(std::string_view line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_array() || json.size() != 3 || !json[0].is_number() || !json[1].is_string() || !json[2].is_string()) {
    return Error{Errc::Invalid, "the line " + inQuotes(line) + " is no event [SECONDS, KIND, TEXT]", {}, {}};
  }
  if (json[1] != "o") return std::optional<RecordedEvent>();
  const auto span = std::chrono::duration<double>(json[0].get<double>());
  return std::optional(RecordedEvent{std::chrono::duration_cast<Milliseconds>(span), json[2].get<std::string>()});
}

}  // namespace microvm::cli
