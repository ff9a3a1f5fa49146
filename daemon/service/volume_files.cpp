#include "daemon/service/volume_files.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "api/core/text.hpp"
#include "api/core/unique_fd.hpp"
#include "daemon/domain/definition/file_systems.hpp"
#include "daemon/process/capture.hpp"
#include "daemon/process/program_lookup.hpp"

namespace microvm {
namespace {

using Errors = std::vector<FieldError>;

constexpr Milliseconds kMkfsLimit{300'000};

std::string reasonOf(int errnoValue) {
  return systemError("", errnoValue).detail.substr(2);
}

/// mkfs programs are often where only root's PATH leads, and in Homebrew's own folders.
Result<std::string> findMkfs(const FileSystem& fileSystem) {
  const std::string name(fileSystem.program);
  for (const std::string& folder :
       {std::string("/usr/sbin/"), std::string("/sbin/"), fmt::format("/opt/homebrew/opt/{}/sbin/", fileSystem.package),
        fmt::format("/usr/local/opt/{}/sbin/", fileSystem.package)}) {
    if (::access((folder + name).c_str(), X_OK) == 0) return folder + name;
  }
  auto found = findProgram(name);
  if (found) return found;
  return Error{Errc::Invalid,
               fmt::format("{} is not installed, and it makes {}", name, fileSystem.name),
               fmt::format("install {}", fileSystem.package),
               {}};
}

void checkCreation(const ImageFile& image, const std::string& pointer, Errors& errors) {
  const auto folder = std::filesystem::path(image.path).parent_path().string();
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    errors.push_back(
        {pointer + "/image", fmt::format("{} cannot be created: {}: {}", image.path, folder, reasonOf(errno))});
  }
  const FileSystem* fileSystem = findFileSystem(image.fsType);
  if (fileSystem == nullptr) return;
  if (const auto mkfs = findMkfs(*fileSystem); !mkfs) {
    errors.push_back({pointer + "/fsType", fmt::format("{}; {}", mkfs.error().detail, mkfs.error().hint)});
  }
}

std::optional<std::string> contentProblem(const ImageFile& image, int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return image.path + " is not a regular file; a disk of the host is a volume with device";
  }
  if (info.st_size == 0 && !image.size) return image.path + " is empty; give size to make it so large";
  char magic[4] = {};
  if (::pread(fd, magic, sizeof magic, 0) == 4 && std::string_view(magic, 4) == std::string_view("QFI\xfb", 4)) {
    return fmt::format(
        "{} is a qcow2 image and only raw images can be used; convert it with: qemu-img convert -O raw {} {}.raw",
        image.path, image.path, image.path);
  }
  return std::nullopt;
}

void checkShrinking(const ImageFile& image, int fd, const std::string& pointer, Errors& errors) {
  struct stat info {};
  if (!image.size || ::fstat(fd, &info) != 0 || static_cast<std::uint64_t>(info.st_size) <= *image.size) return;
  errors.push_back(
      {pointer + "/size",
       fmt::format("{} is smaller than {}, which has {}: an image is never cut; give its size or leave size out",
                   formatSize(*image.size), image.path, formatSize(static_cast<std::uint64_t>(info.st_size)))});
}

/// Removed in the end: a finished one has another name by then.
class UnfinishedFile {
public:
  explicit UnfinishedFile(std::string path) : path_(std::move(path)) {}
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  ~UnfinishedFile() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

std::string lastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

Result<void> makeFileSystem(const ImageFile& image, const std::string& path) {
  const FileSystem* fileSystem = findFileSystem(image.fsType);
  if (fileSystem == nullptr) return {};
  auto program = findMkfs(*fileSystem);
  if (!program) return std::move(program).error();
  SpawnOptions options;
  options.program = *program;
  options.arguments = {*program};
  if (!image.label.empty()) {
    options.arguments.emplace_back(fileSystem->labelFlag);
    options.arguments.push_back(image.label);
  }
  options.arguments.insert(options.arguments.end(), image.mkfsArgs.begin(), image.mkfsArgs.end());
  options.arguments.push_back(path);
  options.environment = allowedEnvironment();
  CaptureLimits limits;
  limits.time = kMkfsLimit;
  const auto said = capture(std::move(options), limits);
  if (!said) return said.error();
  if (said->status.code == 0) return {};
  const std::string why = lastLine(said->err.empty() ? said->out : said->err);
  return Error{
      Errc::Invalid,
      fmt::format("{} cannot make {} for {}: {}", fileSystem->program, fileSystem->name, image.path, inQuotes(why)),
      "correct size, label or mkfsArgs; no image was made",
      {}};
}

/// Gives the file its name, unless that is taken meanwhile.
Result<void> publish(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST) return {};
  // A file system without hard links.
  if (::access(to.c_str(), F_OK) == 0 || ::rename(from.c_str(), to.c_str()) == 0) return {};
  return systemError("cannot create the image " + to, errno);
}

Result<void> createImage(const ImageFile& image) {
  const UnfinishedFile draft(image.path + ".new");
  ::unlink(draft.path().c_str());  // of a creation that was interrupted
  {
    const UniqueFd fd(::open(draft.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return systemError("cannot create the image " + image.path, errno);
    if (::ftruncate(fd.get(), static_cast<off_t>(*image.size)) != 0) {
      return systemError("cannot size the image " + image.path, errno);
    }
  }
  if (auto made = makeFileSystem(image, draft.path()); !made) return made;
  const UniqueFd fd(::open(draft.path().c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || flushToDisk(fd.get()) != 0) return systemError("cannot write the image " + image.path, errno);
  return publish(draft.path(), image.path);
}

Result<void> growImage(const ImageFile& image) {
  const UniqueFd fd(::open(image.path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return systemError("cannot open the image " + image.path, errno);
  if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) >= *image.size) return {};
  if (::ftruncate(fd.get(), static_cast<off_t>(*image.size)) == 0) return {};
  return systemError("cannot grow the image " + image.path, errno);
}

struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

std::optional<FileIdentity> identityOf(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return FileIdentity{info.st_dev, info.st_ino};
}

bool isSame(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return true;
  const auto identity = identityOf(ours);
  return identity && identity == identityOf(theirs);
}

/// The file of a volume; empty for one that is not on this host.
std::string fileOf(const Volume& volume) {
  if (const auto* image = std::get_if<ImageFile>(&volume.source)) return image->path;
  if (const auto* device = std::get_if<BlockDevice>(&volume.source)) return device->path;
  return {};
}

}  // namespace

void checkImage(const ImageFile& image, bool isReadOnly, const std::string& pointer, Errors& errors) {
  struct stat info {};
  if (image.autoCreate && ::stat(image.path.c_str(), &info) != 0 && errno == ENOENT) {
    return checkCreation(image, pointer, errors);
  }
  const int mode = isReadOnly ? O_RDONLY : O_RDWR;
  const UniqueFd fd(::open(image.path.c_str(), mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const int failed = errno;
    std::string detail =
        fmt::format("{} cannot be {}: {}", image.path, isReadOnly ? "read" : "opened for writing", reasonOf(failed));
    if (failed == ENOENT) detail += "; autoCreate with size makes it";
    errors.push_back({pointer + "/image", std::move(detail)});
    return;
  }
  if (auto problem = contentProblem(image, fd.get())) {
    errors.push_back({pointer + "/image", std::move(*problem)});
    return;
  }
  checkShrinking(image, fd.get(), pointer, errors);
}

Result<void> prepareImage(const ImageFile& image) {
  if (!image.size) return {};
  struct stat info {};
  if (::stat(image.path.c_str(), &info) == 0) return growImage(image);
  if (errno != ENOENT || !image.autoCreate) return {};
  return createImage(image);
}

Result<void> checkImagesFree(const Definition& definition, const std::vector<ImageUse>& others) {
  Error error{Errc::InUse, "", "", {}};
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) {
    const Volume& volume = definition.volumes[i];
    const std::string path = fileOf(volume);
    if (path.empty()) continue;
    for (const ImageUse& other : others) {
      if ((volume.readOnly && other.isReadOnly) || !isSame(path, other.path)) continue;
      const bool isImage = std::holds_alternative<ImageFile>(volume.source);
      error.detail = fmt::format("the image {} is in use by VM {}", path, other.vm);
      error.hint = "microvmctl stop " + other.vm;
      std::string detail = "in use by VM " + other.vm;
      if (path != other.path) detail += ", which names it " + other.path;
      error.errors.push_back({fmt::format("/spec/volumes/{}/{}", i, isImage ? "image" : "device"), std::move(detail)});
      break;
    }
  }
  if (error.errors.empty()) return {};
  return error;
}

std::vector<ImageUse> imagesOf(const Definition& definition) {
  std::vector<ImageUse> uses;
  for (const Volume& volume : definition.volumes) {
    if (std::string path = fileOf(volume); !path.empty()) {
      uses.push_back({definition.name, std::move(path), volume.readOnly});
    }
  }
  return uses;
}

}  // namespace microvm
