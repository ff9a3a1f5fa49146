#include "client/service/systemd/systemd_control.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "client/service/systemd/systemctl.hpp"
#include "client/service/systemd/unit_text.hpp"
#include "client/service/systemd/units.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm::service {
namespace {

constexpr std::size_t kUnitBytes = 256 * 1024;

class SystemdControl final : public Control {
public:
  explicit SystemdControl(Host host) : host_(std::move(host)), systemctl_(host_) {}

  Result<Job> job(const Owner& owner, const std::string& program,
                  const std::optional<std::string>& runner) const override;
  Result<std::vector<File>> files(const Job& job) const override;
  Result<Notes> install(const Job& job, Foreign foreign) override;
  Result<Notes> uninstall(Foreign foreign) override;
  Result<Notes> start() override;
  Result<Notes> stop() override;
  Result<Notes> restart() override;
  Result<Status> status() override;
  Result<std::vector<std::string>> logCommand(std::size_t lines, bool follow) override;

private:
  /// The service as systemd and its file have it.
  struct Present {
    Unit unit;
    std::string text;  ///< empty when there is none
    bool isPackaged = false;
  };

  [[nodiscard]] std::string folder() const;
  [[nodiscard]] std::string socketPath() const;
  [[nodiscard]] std::string unitPath(const char* unit) const { return folder() + "/" + unit; }
  Result<Present> present() const;
  /// The one that is there. Errc::NotFound when there is none.
  Result<Present> installed() const;
  /// And can be started.
  Result<Present> usable() const;
  [[nodiscard]] Error foreignError(const Present& present) const;
  [[nodiscard]] Error maskedError() const;
  Result<bool> writeChanged(const std::vector<File>& files) const;
  Result<void> begin() const;
  Result<void> end() const;
  [[nodiscard]] Notes lingerNote() const;

  Host host_;
  Systemctl systemctl_;
};

std::string SystemdControl::folder() const {
  if (host_.reach == Reach::System) return host_.root + "/etc/systemd/system";
  return host_.environment("XDG_CONFIG_HOME").value_or(host_.home + "/.config") + "/systemd/user";
}

std::string SystemdControl::socketPath() const {
  if (host_.reach == Reach::System) return "/run/microvm/api.sock";
  return host_.environment("XDG_RUNTIME_DIR").value_or(fmt::format("/run/user/{}", host_.uid)) + "/microvm/api.sock";
}

Result<Job> SystemdControl::job(const Owner& owner, const std::string& program,
                                const std::optional<std::string>& runner) const {
  Job job;
  job.reach = host_.reach;
  job.uid = owner.uid;
  job.program = program;
  job.socket = socketPath();
  if (host_.reach == Reach::System) {
    job.user = owner.name;
    job.arguments = {"--state-dir", "/var/lib/microvm", "--run-dir", "/run/microvm"};
  } else if (const auto state = host_.environment("XDG_STATE_HOME")) {
    // The user's systemd may not know what this shell knows.
    job.arguments = {"--state-dir", *state + "/microvm"};
  }
  if (runner) {
    auto found = findProgram(*runner);
    if (!found) return Error{Errc::RunnerMissing, found.error().detail, "name another with --runner PROGRAM", {}};
    job.arguments.insert(job.arguments.end(), {"--vfkit-qemu", *found});
  }
  if (auto fits = checkJob(job); !fits) return std::move(fits).error();
  return job;
}

Result<std::vector<File>> SystemdControl::files(const Job& job) const {
  return std::vector<File>{{unitPath(kServiceUnit), serviceUnit(job)}, {unitPath(kSocketUnit), socketUnit(job)}};
}

Result<SystemdControl::Present> SystemdControl::present() const {
  auto unit = systemctl_.show(kServiceUnit);
  if (!unit) return std::move(unit).error();
  Present present;
  present.unit = std::move(*unit);
  // systemd may not have read a file that was just written.
  auto own = readFile(unitPath(kServiceUnit), kUnitBytes);
  if (own) {
    present.text = std::move(*own);
    present.unit.file = unitPath(kServiceUnit);
    return present;
  }
  if (present.unit.loadState == "masked") return maskedError();
  if (own.error().code != Errc::NotFound) return std::move(own).error();
  if (present.unit.file.empty()) return present;
  auto packaged = readFile(present.unit.file, kUnitBytes);
  if (packaged) present.text = std::move(*packaged);
  present.isPackaged = true;
  return present;
}

Result<SystemdControl::Present> SystemdControl::installed() const {
  auto found = present();
  if (!found) return found;
  if (found->text.empty()) {
    return Error{
        Errc::NotFound,
        fmt::format("the service is not installed: systemd knows no {}", kServiceUnit),
        host_.reach == Reach::User ? "microvmctl service install" : "microvmctl service install --system --user NAME",
        {}};
  }
  return found;
}

Result<SystemdControl::Present> SystemdControl::usable() const {
  auto found = installed();
  if (!found) return found;
  const auto problems = problemsOf(splitExecLine(valueOf(found->text, "Service", "ExecStart")));
  if (!problems.empty()) return Error{Errc::RunnerMissing, problems.front(), {}, {}};
  return found;
}

Error SystemdControl::maskedError() const {
  return Error{Errc::WrongState,
               fmt::format("somebody has forbidden the service: {} is masked", kServiceUnit),
               fmt::format("{} unmask {} {}", systemctl_.name(), kServiceUnit, kSocketUnit),
               {}};
}

Error SystemdControl::foreignError(const Present& present) const {
  return Error{Errc::AlreadyExists,
               fmt::format("{} was not written by microvmctl", present.unit.file),
               "look into it, and use --force if it may be replaced",
               {}};
}

/// Whether any file is new or differs now.
Result<bool> SystemdControl::writeChanged(const std::vector<File>& files) const {
  if (auto made = makeFolders(folder()); !made) return std::move(made).error();
  bool changed = false;
  for (const auto& file : files) {
    if (readFile(file.path, kUnitBytes).value_or("") == file.text) continue;
    if (auto written = writeFileAtomically(file.path, file.text); !written) return std::move(written).error();
    ::chmod(file.path.c_str(), 0644);
    changed = true;
  }
  return changed;
}

Result<void> SystemdControl::begin() const {
  return systemctl_.call({"start", kSocketUnit, kServiceUnit}, "cannot start the service");
}

Result<void> SystemdControl::end() const {
  return systemctl_.call({"stop", kSocketUnit, kServiceUnit}, "cannot stop the service");
}

/// Without lingering a user's systemd, and all that it started, ends with the user's last session.
Notes SystemdControl::lingerNote() const {
  if (host_.reach == Reach::System) return {};
  if (::access(fmt::format("{}/var/lib/systemd/linger/{}", host_.root, host_.user).c_str(), F_OK) == 0) return {};
  return {
      fmt::format("the service and its VMs end with your last session; to keep them from boot to shutdown: "
                  "sudo loginctl enable-linger {}",
                  host_.user)};
}

Result<Notes> SystemdControl::install(const Job& job, Foreign foreign) {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto before = present();
  if (!before) return before.error();
  const bool isThere = !before->text.empty();
  if (isThere && !isOurs(before->text) && foreign == Foreign::Refuse) return foreignError(*before);
  const auto user = valueOf(before->text, "Service", "User");
  if (before->isPackaged && isThere && foreign == Foreign::Refuse && user != job.user) {
    return Error{Errc::AlreadyExists,
                 fmt::format("the package's {} runs as user {}", before->unit.file, user),
                 "use that one: systemctl enable --now microvmd; or --force for one of your own",
                 {}};
  }
  Notes notes;
  bool changed = false;
  if (before->isPackaged && isThere && foreign == Foreign::Refuse) {
    notes.push_back(fmt::format("the package's {} is used", before->unit.file));
  } else {
    const auto wanted = files(job);
    if (!wanted) return wanted.error();
    const auto written = writeChanged(*wanted);
    if (!written) return written.error();
    changed = *written;
  }
  if (changed) {
    if (auto read = systemctl_.call({"daemon-reload"}, "systemd does not read the units"); !read)
      return std::move(read).error();
    if (before->unit.isActive()) {
      if (auto ended = end(); !ended) return std::move(ended).error();
    }
  } else if (before->unit.isActive() && before->unit.enabledState == "enabled") {
    notes.push_back("it was installed already");
  }
  if (auto enabled = systemctl_.call({"enable", kServiceUnit, kSocketUnit}, "cannot enable the service"); !enabled)
    return std::move(enabled).error();
  if (auto begun = begin(); !begun) return std::move(begun).error();
  for (auto& note : lingerNote())
    notes.push_back(std::move(note));
  return notes;
}

Result<Notes> SystemdControl::uninstall(Foreign foreign) {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto before = present();
  if (!before) return before.error();
  if (before->text.empty() && !before->unit.isThere()) return Notes{"it was not installed"};
  if (!isOurs(before->text) && foreign == Foreign::Refuse) return foreignError(*before);
  if (auto off = systemctl_.call({"disable", "--now", kSocketUnit, kServiceUnit}, "cannot stop the service"); !off)
    return std::move(off).error();
  if (before->isPackaged) return Notes{fmt::format("it is switched off; {} is the package's", before->unit.file)};
  for (const auto* unit : {kServiceUnit, kSocketUnit}) {
    if (::unlink(unitPath(unit).c_str()) != 0 && errno != ENOENT)
      return systemError("cannot remove " + unitPath(unit), errno);
  }
  if (auto read = systemctl_.call({"daemon-reload"}, "systemd does not read the units"); !read)
    return std::move(read).error();
  // A unit that failed stays in the lists until somebody says that it is known.
  (void)systemctl_.call({"reset-failed", kServiceUnit, kSocketUnit}, "");
  return Notes{};
}

Result<Notes> SystemdControl::start() {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto before = usable();
  if (!before) return before.error();
  Notes notes;
  if (before->unit.isActive()) notes.push_back("it was running already");
  if (auto begun = begin(); !begun) return std::move(begun).error();
  return notes;
}

Result<Notes> SystemdControl::stop() {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto before = present();
  if (!before) return before.error();
  if (!before->unit.isThere()) return usable().error();
  if (auto ended = end(); !ended) return std::move(ended).error();
  if (before->unit.enabledState != "enabled") return Notes{};
  return Notes{"it starts again with the next login or boot; microvmctl service uninstall is for good"};
}

Result<Notes> SystemdControl::restart() {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  if (const auto before = usable(); !before) return before.error();
  if (auto again = systemctl_.call({"restart", kServiceUnit}, "cannot restart the service"); !again)
    return std::move(again).error();
  return Notes{};
}

Result<Status> SystemdControl::status() {
  const auto found = present();
  if (!found) return found.error();
  const auto socket = systemctl_.show(kSocketUnit);
  if (!socket) return socket.error();
  Status status;
  status.socket = socketPath();
  status.where = host_.reach == Reach::User ? "systemd --user" : "systemd";
  status.installed = !found->text.empty();
  status.state = fmt::format("{} ({})", found->unit.activeState, found->unit.subState);
  status.active = found->unit.isActive() || socket->isActive();
  status.enabled = found->unit.enabledState == "enabled" || socket->enabledState == "enabled";
  if (found->unit.mainPid > 0) status.pid = found->unit.mainPid;
  if (!status.installed) return status;
  status.file = found->unit.file;
  status.isForeign = !isOurs(found->text);
  const auto command = splitExecLine(valueOf(found->text, "Service", "ExecStart"));
  if (!command.empty()) status.program = command.front();
  for (auto& problem : problemsOf(command))
    status.problems.push_back(std::move(problem));
  if (!status.enabled) status.problems.push_back("it is not enabled: microvmctl service install");
  return status;
}

Result<std::vector<std::string>> SystemdControl::logCommand(std::size_t lines, bool follow) {
  // journalctl itself finds no fault with a unit that nobody knows.
  if (const auto there = installed(); !there) return there.error();
  std::vector<std::string> words{"journalctl"};
  if (host_.reach == Reach::User) words.push_back("--user");
  words.insert(words.end(), {"--unit", kServiceUnit, "--lines", std::to_string(lines), "--no-pager"});
  if (follow) words.push_back("--follow");
  return words;
}

}  // namespace

std::unique_ptr<Control> makeSystemdControl(Host host) {
  return std::make_unique<SystemdControl>(std::move(host));
}

}  // namespace microvm::service
