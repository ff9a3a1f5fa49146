#include "client/service/systemd/systemctl.hpp"

#include <charconv>
#include <sstream>

#include <fmt/format.h>

namespace microvm::service {
namespace {

struct Known {
  std::string_view words;  ///< in what systemctl says, in the C locale
  Errc code;
  std::string_view hint;
};

constexpr std::string_view kNoSession =
    "this shell has no systemd of the user: log in directly (not by su or sudo), or sudo loginctl enable-linger";

constexpr Known kKnown[] = {
    {"not been booted with systemd", Errc::Unavailable,
     "start microvmd by hand, or from the service manager that this host has"},
    {"No medium found", Errc::Unavailable, kNoSession},
    {"Failed to connect to bus: No such file", Errc::Unavailable, kNoSession},
    {"Failed to connect to bus", Errc::Unavailable, kNoSession},
    {"Access denied", Errc::Permission, "the same with sudo"},
    {"nteractive authentication required", Errc::Permission, "the same with sudo"},
    {"Permission denied", Errc::Permission, "the same with sudo"},
    {"is masked", Errc::WrongState, "somebody forbade this unit: systemctl unmask microvmd.service microvmd.socket"},
};

}  // namespace

Unit parseShow(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  Unit unit;
  unit.loadState = values["LoadState"];
  unit.file = values["FragmentPath"];
  unit.activeState = values["ActiveState"];
  unit.subState = values["SubState"];
  unit.enabledState = values["UnitFileState"];
  const auto& pid = values["MainPID"];
  (void)std::from_chars(pid.data(), pid.data() + pid.size(), unit.mainPid);
  return unit;
}

std::string Systemctl::name() const {
  return host_.reach == Reach::User ? "systemctl --user" : "systemctl";
}

Result<Captured> Systemctl::ask(std::vector<std::string> words) const {
  std::vector<std::string> all{"systemctl", "--no-pager", "--no-ask-password"};
  if (host_.reach == Reach::User) all.push_back("--user");
  all.insert(all.end(), words.begin(), words.end());
  auto ended = run(host_, std::move(all), "systemd cannot be asked");
  if (!ended && ended.error().code == Errc::Unavailable) {
    ended.error().hint = "start microvmd by hand, or from the service manager that this host has";
  }
  return ended;
}

Error Systemctl::failure(const std::string& what, const Captured& ended) const {
  Error error{Errc::Io,
              fmt::format("{}: systemctl says \"{}\"", what, lastWords(ended)),
              fmt::format("{} status {}", name(), "microvmd.service"),
              {}};
  for (const auto& known : kKnown) {
    if (ended.err.find(known.words) == std::string::npos) continue;
    error.code = known.code;
    error.hint = known.hint;
    break;
  }
  return error;
}

Result<Unit> Systemctl::show(const std::string& unit) const {
  const auto ended =
      ask({"show", "--property=LoadState,FragmentPath,ActiveState,SubState,UnitFileState,MainPID", unit});
  if (!ended) return ended.error();
  if (ended->status.code != 0) return failure("cannot look up " + unit, *ended);
  return parseShow(ended->out);
}

Result<void> Systemctl::call(std::vector<std::string> words, const std::string& what) const {
  const auto ended = ask(std::move(words));
  if (!ended) return ended.error();
  if (ended->status.code != 0) return failure(what, *ended);
  return {};
}

}  // namespace microvm::service
