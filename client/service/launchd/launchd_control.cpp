#include "client/service/launchd/launchd_control.hpp"

#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/run_folder.hpp"
#include "client/service/launchd/job_list.hpp"
#include "client/service/launchd/launchctl.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm::service {
namespace {

constexpr const char* kBrewFolders = ":/opt/homebrew/bin:/usr/local/bin";
constexpr std::size_t kListBytes = 256 * 1024;
// What `brew services` calls ours.
constexpr const char* kBrewLabels[] = {"homebrew.mxcl.microvm", "homebrew.mxcl.microvmd"};

/// The folder and those above it that are not there yet.
std::vector<std::string> missingFolders(std::string path) {
  std::vector<std::string> missing;
  while (!path.empty() && ::access(path.c_str(), F_OK) != 0) {
    missing.push_back(path);
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
  return missing;
}

class LaunchdControl final : public Control {
public:
  explicit LaunchdControl(Host host) : host_(std::move(host)), launchctl_(host_) {}

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
  [[nodiscard]] std::string folder() const;
  [[nodiscard]] Result<std::string> runFolderOf(const Owner& owner) const;
  [[nodiscard]] std::string listPath(const char* label) const { return fmt::format("{}/{}.plist", folder(), label); }
  /// The definition that is there, empty when there is none.
  [[nodiscard]] Result<std::string> present() const;
  [[nodiscard]] Result<std::string> installed() const;
  [[nodiscard]] Result<void> checkForeign(const std::string& text, Foreign foreign) const;
  [[nodiscard]] Result<void> checkBrew() const;
  /// Where it is loaded, whichever domain that is.
  [[nodiscard]] Result<std::optional<LoadedJob>> loaded() const;
  [[nodiscard]] Result<void> prepareFolders(const Job& job) const;
  Result<void> load(const std::string& domain, Notes& notes) const;

  Host host_;
  Launchctl launchctl_;
};

std::string LaunchdControl::folder() const {
  return host_.reach == Reach::System ? host_.root + "/Library/LaunchDaemons" : host_.home + "/Library/LaunchAgents";
}

/// The folder that the owner's own microvmctl looks in. The system's folder for a user, which stands in where the home
/// folder does not fit, is told to that user alone.
Result<std::string> LaunchdControl::runFolderOf(const Owner& owner) const {
  if (host_.reach == Reach::User) {
    return defaultRunFolder([&](const std::string& name) -> std::optional<std::string> {
      if (name == "HOME") return owner.home;
      return std::nullopt;
    });
  }
  auto folder = owner.home + "/.microvm/run";
  if (auto fits = checkRunFolder(folder); !fits) {
    return Error{Errc::Invalid,
                 fits.error().detail,
                 fmt::format("as {}, without --system: microvmctl service install", owner.name),
                 {}};
  }
  return folder;
}

/// The runner by its whole path: a job of launchd has a PATH of its own, without Homebrew's folders.
Result<Job> LaunchdControl::job(const Owner& owner, const std::string& program,
                                const std::optional<std::string>& runner) const {
  const auto path = host_.environment("PATH").value_or("") + kBrewFolders;
  auto vfkit = runner ? findProgram(*runner) : findInPath("vfkit", path);
  if (!vfkit) {
    return Error{Errc::RunnerMissing, vfkit.error().detail, "brew install vfkit, or name it with --runner PROGRAM", {}};
  }
  Job job;
  job.reach = host_.reach;
  job.user = host_.reach == Reach::System ? owner.name : "";
  job.uid = owner.uid;
  job.program = program;
  const auto run = runFolderOf(owner);
  if (!run) return run.error();
  job.socket = *run + "/api.sock";
  job.logFolder = owner.home + "/Library/Logs/microvm";
  // All of them by their whole paths, so that the daemon works where launchd listens for it, whoever installs it.
  job.arguments = {"--vfkit", *vfkit, "--run-dir", *run, "--log-file", job.logFolder + "/microvmd.log"};
  // launchd may start it without HOME.
  if (host_.reach == Reach::System)
    job.arguments.insert(job.arguments.end(), {"--state-dir", owner.home + "/Library/Application Support/microvm"});
  if (auto fits = checkJob(job); !fits) return std::move(fits).error();
  return job;
}

Result<std::vector<File>> LaunchdControl::files(const Job& job) const {
  auto text = jobText(job);
  if (!text) return std::move(text).error();
  return std::vector<File>{File{listPath(kLabel), std::move(*text)}};
}

Result<std::string> LaunchdControl::present() const {
  auto text = readFile(listPath(kLabel), kListBytes);
  if (!text && text.error().code == Errc::NotFound) return std::string();
  return text;
}

Result<std::string> LaunchdControl::installed() const {
  auto text = present();
  if (text && text->empty()) {
    return Error{Errc::NotFound,
                 fmt::format("the service is not installed: there is no {}", listPath(kLabel)),
                 "microvmctl service install",
                 {}};
  }
  return text;
}

Result<void> LaunchdControl::checkForeign(const std::string& text, Foreign foreign) const {
  if (text.empty() || isOurs(text) || foreign == Foreign::Replace) return {};
  return Error{Errc::AlreadyExists,
               fmt::format("{} was not written by microvmctl", listPath(kLabel)),
               "look into it, and use --force if it may be replaced",
               {}};
}

Result<void> LaunchdControl::checkBrew() const {
  auto domain = launchctl_.domain();
  if (!domain) return std::move(domain).error();
  for (const auto* label : kBrewLabels) {
    const auto job = launchctl_.find(*domain, label);
    if (!job) return job.error();
    if (!*job && ::access(listPath(label).c_str(), F_OK) != 0) continue;
    const std::string formula = std::string(label).substr(std::string("homebrew.mxcl.").size());
    return Error{
        Errc::AlreadyExists,
        fmt::format("Homebrew keeps the daemon already, as {}", label),
        fmt::format("stay with it: brew services info {0}; or brew services stop {0}, then this again", formula),
        {}};
  }
  return {};
}

Result<std::optional<LoadedJob>> LaunchdControl::loaded() const {
  std::vector<std::string> domains{"system"};
  if (host_.reach == Reach::User) domains = {fmt::format("gui/{}", host_.uid), fmt::format("user/{}", host_.uid)};
  for (const auto& domain : domains) {
    auto job = launchctl_.find(domain, kLabel);
    if (!job || *job) return job;
  }
  return std::optional<LoadedJob>{};
}

/// launchd makes no folders: without that of the log the job fails, without that of the socket there is none.
Result<void> LaunchdControl::prepareFolders(const Job& job) const {
  const auto runFolder = job.socket.substr(0, job.socket.rfind('/'));
  if (auto made = makeFolders(folder()); !made) return made;
  for (const auto& path : {job.logFolder, runFolder}) {
    const auto fresh = missingFolders(path);
    if (auto made = makeFolders(path); !made) return made;
    if (job.reach == Reach::User) continue;
    for (const auto& each : fresh) {
      if (::chown(each.c_str(), job.uid, static_cast<gid_t>(-1)) == 0) continue;
      return systemError("cannot give the folder " + each + " to " + job.user, errno);
    }
  }
  return {};
}

Result<void> LaunchdControl::load(const std::string& domain, Notes& notes) const {
  const auto disabled = launchctl_.isDisabled(domain, kLabel);
  if (!disabled) return disabled.error();
  if (*disabled) {
    if (auto enabled = launchctl_.enable(domain, kLabel); !enabled) return enabled;
    notes.push_back("it had been disabled, in Login Items or by launchctl, and is enabled again");
  }
  return launchctl_.bootstrap(domain, kLabel, listPath(kLabel));
}

Result<Notes> LaunchdControl::install(const Job& job, Foreign foreign) {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  auto domain = launchctl_.domain();
  if (!domain) return std::move(domain).error();
  if (host_.reach == Reach::User && *domain == "system") {
    return Error{Errc::Usage, "this session is the system's and no user's", "use --system --user NAME", {}};
  }
  const auto before = present();
  if (!before) return before.error();
  if (auto ours = checkForeign(*before, foreign); !ours) return std::move(ours).error();
  if (auto free = checkBrew(); !free) return std::move(free).error();
  const auto running = loaded();
  if (!running) return running.error();
  if (*running && (*running)->domain != *domain && foreign == Foreign::Refuse) {
    return Error{Errc::InUse,
                 fmt::format("launchd has the service loaded in {} already, and this session is {}", (*running)->domain,
                             *domain),
                 "microvmctl service uninstall first, or --force to move it here",
                 {}};
  }
  auto wanted = files(job);
  if (!wanted) return std::move(wanted).error();
  const auto& file = wanted->front();
  Notes notes;
  const bool isSame = *running && (*running)->domain == *domain && file.text == *before;
  if (isSame) {
    notes.push_back("it was installed already");
    if (!(*running)->pid) {
      if (auto begun = launchctl_.kickstart(*domain, kLabel, Launchctl::Running::Keep); !begun)
        return std::move(begun).error();
    }
    return notes;
  }
  if (auto made = prepareFolders(job); !made) return std::move(made).error();
  if (*running) {
    if (auto gone = launchctl_.bootout((*running)->domain, kLabel); !gone) return std::move(gone).error();
  }
  if (auto written = writeFileAtomically(file.path, file.text); !written) return std::move(written).error();
  ::chmod(file.path.c_str(), 0644);
  if (auto begun = load(*domain, notes); !begun) return std::move(begun).error();
  return notes;
}

Result<Notes> LaunchdControl::uninstall(Foreign foreign) {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto text = present();
  if (!text) return text.error();
  if (auto ours = checkForeign(*text, foreign); !ours) return std::move(ours).error();
  const auto running = loaded();
  if (!running) return running.error();
  if (text->empty() && !*running) return Notes{"it was not installed"};
  if (*running) {
    if (auto gone = launchctl_.bootout((*running)->domain, kLabel); !gone) return std::move(gone).error();
  }
  if (::unlink(listPath(kLabel).c_str()) != 0 && errno != ENOENT) {
    return systemError("cannot remove " + listPath(kLabel), errno);
  }
  return Notes{};
}

Result<Notes> LaunchdControl::start() {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto text = installed();
  if (!text) return text.error();
  if (const auto problems = problemsOf(commandOf(*text)); !problems.empty())
    return Error{Errc::RunnerMissing, problems.front(), {}, {}};
  const auto running = loaded();
  if (!running) return running.error();
  if (*running && (*running)->pid) return Notes{"it was running already"};
  Notes notes;
  auto domain = *running ? Result<std::string>((*running)->domain) : launchctl_.domain();
  if (!domain) return std::move(domain).error();
  auto begun = *running ? launchctl_.kickstart(*domain, kLabel, Launchctl::Running::Keep) : load(*domain, notes);
  if (!begun) return std::move(begun).error();
  return notes;
}

/// Unloaded, not only killed: launchd would start it again for the next client.
Result<Notes> LaunchdControl::stop() {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  if (const auto text = installed(); !text) return text.error();
  const auto running = loaded();
  if (!running) return running.error();
  if (!*running) return Notes{"it was stopped already"};
  if (auto gone = launchctl_.bootout((*running)->domain, kLabel); !gone) return std::move(gone).error();
  return Notes{fmt::format("it starts again with the next {}; microvmctl service uninstall is for good",
                           host_.reach == Reach::System ? "boot" : "login")};
}

Result<Notes> LaunchdControl::restart() {
  if (auto may = checkRights(host_); !may) return std::move(may).error();
  const auto running = loaded();
  if (!running) return running.error();
  if (!*running) return start();
  const auto text = installed();
  if (!text) return text.error();
  if (const auto problems = problemsOf(commandOf(*text)); !problems.empty())
    return Error{Errc::RunnerMissing, problems.front(), {}, {}};
  auto again = launchctl_.kickstart((*running)->domain, kLabel, Launchctl::Running::Kill);
  if (!again) return std::move(again).error();
  return Notes{};
}

Result<Status> LaunchdControl::status() {
  const auto text = present();
  if (!text) return text.error();
  const auto running = loaded();
  if (!running) return running.error();
  auto domain = *running ? Result<std::string>((*running)->domain) : launchctl_.domain();
  if (!domain) return std::move(domain).error();
  const auto disabled = launchctl_.isDisabled(*domain, kLabel);
  if (!disabled) return disabled.error();
  Status status;
  status.installed = !text->empty();
  status.where = "launchd " + *domain;
  status.state = *running ? (*running)->state : "not loaded";
  status.active = running->has_value();
  status.enabled = status.installed && !*disabled;
  if (*running) status.pid = (*running)->pid;
  if (status.installed) {
    status.file = listPath(kLabel);
    status.isForeign = !isOurs(*text);
    const auto command = commandOf(*text);
    if (!command.empty()) status.program = command.front();
    status.problems = problemsOf(command);
    status.socket = socketOf(*text);
  }
  if (*disabled)
    status.problems.push_back("it is disabled: switch it on in Login Items, or microvmctl service install");
  if (auto free = checkBrew(); !free) status.problems.push_back(free.error().detail);
  return status;
}

Result<std::vector<std::string>> LaunchdControl::logCommand(std::size_t lines, bool follow) {
  const auto text = installed();
  if (!text) return text.error();
  const auto logs = logsOf(*text);
  std::vector<std::string> words{"tail", "-n", std::to_string(lines)};
  if (follow) words.push_back("-F");
  const auto options = words.size();
  for (const auto& path : {logs.own, logs.early}) {
    std::error_code none;
    const auto size = std::filesystem::file_size(path, none);
    if (!none && (size > 0 || path == logs.own)) words.push_back(path);
  }
  if (words.size() > options) return words;
  return Error{
      Errc::NotFound, fmt::format("there is no log: {}", logs.own.empty() ? "none is named" : logs.own), {}, {}};
}

}  // namespace

std::unique_ptr<Control> makeLaunchdControl(Host host) {
  return std::make_unique<LaunchdControl>(std::move(host));
}

}  // namespace microvm::service
