#include "client/cli/doctor/host.hpp"

#include <cerrno>
#include <cstdlib>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "api/core/file.hpp"
#include "client/service/native/native.hpp"
#include "daemon/process/capture.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm::doctor {
namespace {

constexpr std::size_t kMostRead = 1024 * 1024;
constexpr Milliseconds kManagerLimit{500};

FileKind kindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::Regular;
  return S_ISDIR(mode) ? FileKind::Folder : FileKind::Other;
}

class SystemHost final : public Host {
public:
  [[nodiscard]] Platform platform() const override { return ownPlatform(); }

  [[nodiscard]] std::optional<std::string> environment(const std::string& name) const override {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  }

  [[nodiscard]] unsigned user() const override { return ::geteuid(); }
  [[nodiscard]] Timestamp now() const override { return microvm::now(); }

  [[nodiscard]] Result<std::string> read(const std::string& path) const override { return readFile(path, kMostRead); }

  [[nodiscard]] Result<FileInfo> look(const std::string& path) const override {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return systemError("cannot look at " + path, errno);
    return FileInfo{kindOf(info.st_mode), info.st_uid, static_cast<unsigned>(info.st_mode & 07777)};
  }

  [[nodiscard]] Result<void> may(const std::string& path, Use use) const override {
    if (use == Use::Execute) return checkExecutable(path);
    if (::access(path.c_str(), R_OK | W_OK) != 0) return systemError("cannot read and write " + path, errno);
    return {};
  }

  [[nodiscard]] Result<Space> space(const std::string& path) const override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return systemError("cannot ask for the space of " + path, errno);
    const bool countsFiles = info.f_files != 0;
    return Space{std::uint64_t{info.f_bavail} * info.f_frsize, countsFiles ? info.f_favail : UINT64_MAX};
  }

  [[nodiscard]] Result<std::uint64_t> openFiles() const override {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return systemError("cannot ask for the limit of open files", errno);
    return std::uint64_t{limit.rlim_max};
  }

  [[nodiscard]] Result<std::string> find(const std::string& program) const override { return findProgram(program); }

  [[nodiscard]] Result<service::Status> service() const override {
    auto own = serviceOf(service::Reach::User);
    if (own && own->installed) return own;
    const auto systems = serviceOf(service::Reach::System);
    return systems && systems->installed ? systems : own;
  }

  [[nodiscard]] Result<Said> run(const std::vector<std::string>& words, Milliseconds limit) const override {
    SpawnOptions options;
    options.program = words.front();
    options.arguments = words;
    options.environment = allowedEnvironment();
    std::erase_if(options.environment, [](const std::string& each) { return each.starts_with("LC_ALL="); });
    options.environment.emplace_back("LC_ALL=C");  // answers are read
    auto said = capture(std::move(options), CaptureLimits{.time = limit});
    if (!said) return std::move(said).error();
    return Said{said->status.code, std::move(said->out), std::move(said->err)};
  }

private:
  [[nodiscard]] Result<service::Status> serviceOf(service::Reach reach) const {
    service::Host manager;
    manager.reach = reach;
    manager.uid = ::getuid();
    manager.user = environment("USER").value_or(std::to_string(manager.uid));
    manager.home = environment("HOME").value_or("/");
    manager.environment = [this](const std::string& name) { return environment(name); };
    manager.limit = kManagerLimit;
    return service::makeControl(std::move(manager))->status();
  }
};

}  // namespace

std::unique_ptr<Host> systemHost() {
  return std::make_unique<SystemHost>();
}

}  // namespace microvm::doctor
