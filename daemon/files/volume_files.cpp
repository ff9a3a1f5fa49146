#include "daemon/files/volume_files.hpp"

#include <algorithm>
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
        "{} is a qcow2 image and only raw images can be used; convert it with: qemu-img convert -O raw {} {}",
        image.path, shellWord(image.path), shellWord(image.path + ".raw"));
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

/// "mke2fs 1.47.0 (5-Feb-2023)": a program that introduces itself.
bool isBanner(std::string_view line) {
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || line.substr(0, blank).find(':') != std::string_view::npos) return false;
  std::string_view version = line.substr(blank + 1);
  if (version.starts_with('v')) version.remove_prefix(1);
  version = version.substr(0, version.find(' '));
  return version.find('.') != std::string_view::npos &&
         version.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// The first line that says something; what follows is often the program's usage.
std::string firstWord(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r'))
      line.remove_suffix(1);
    if (!line.empty() && !isBanner(line)) return std::string(line);
  }
  return {};
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
  std::string why = firstWord(said->err);
  if (why.empty()) why = firstWord(said->out);
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

/// A disk of the host is the same under each of its nodes.
std::optional<FileIdentity> identityOf(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  if (S_ISBLK(info.st_mode)) return FileIdentity{info.st_rdev, 0};
  return FileIdentity{info.st_dev, info.st_ino};
}

/// Two that are yet to be made, in one folder under one name.
bool willBeSame(const std::filesystem::path& ours, const std::filesystem::path& theirs) {
  if (ours.filename() != theirs.filename()) return false;
  const auto folder = identityOf(ours.parent_path().string());
  return folder && folder == identityOf(theirs.parent_path().string());
}

bool isSame(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return true;
  const auto identity = identityOf(ours);
  const auto other = identityOf(theirs);
  return identity || other ? identity == other : willBeSame(ours, theirs);
}

/// A file of this host that the VM reads or writes as a whole.
struct HeldFile {
  std::string_view what;
  std::string place;  ///< below /spec
  std::string member;
  std::string path;
  bool isReadOnly = false;
};

std::optional<HeldFile> fileOf(const Volume& volume, std::size_t index) {
  const std::string place = fmt::format("volumes/{}", index);
  if (const auto* image = std::get_if<ImageFile>(&volume.source)) {
    return HeldFile{"image", place, "image", image->path, volume.readOnly};
  }
  if (const auto* device = std::get_if<BlockDevice>(&volume.source)) {
    return HeldFile{"disk", place, "device", device->path, volume.readOnly};
  }
  return std::nullopt;
}

std::vector<HeldFile> filesOf(const Definition& definition) {
  std::vector<HeldFile> files;
  for (std::size_t i = 0; i < definition.volumes.size(); ++i) {
    if (auto file = fileOf(definition.volumes[i], i)) files.push_back(std::move(*file));
  }
  const auto* efi = std::get_if<EfiBoot>(&definition.boot);
  if (efi != nullptr && !efi->variableStore.empty()) {
    files.push_back({"variable store", "boot/efi", "variableStore", efi->variableStore, false});
  }
  return files;
}

std::string pointerOf(const HeldFile& file) {
  return fmt::format("/spec/{}/{}", file.place, file.member);
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

void checkImagesApart(const Definition& definition, Errors& errors) {
  const std::vector<HeldFile> files = filesOf(definition);
  for (std::size_t i = 1; i < files.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (!isSame(files[i].path, files[k].path)) continue;
      errors.push_back({pointerOf(files[i]), fmt::format("{} is the same file as {}, which {} has already; each needs "
                                                         "its own",
                                                         files[i].path, files[k].path, files[k].place)});
      break;
    }
  }
}

Result<void> checkImagesFree(const Definition& definition, const std::vector<ImageUse>& others) {
  Error error{Errc::InUse, "", "", {}};
  for (const HeldFile& file : filesOf(definition)) {
    for (const ImageUse& other : others) {
      if ((file.isReadOnly && other.isReadOnly) || !isSame(file.path, other.path)) continue;
      error.detail = fmt::format("the {} {} is in use by VM {}", file.what, file.path, other.vm);
      error.hint = "microvmctl stop " + other.vm;
      std::string detail = "in use by VM " + other.vm;
      if (file.path != other.path) detail += ", which names it " + other.path;
      error.errors.push_back({pointerOf(file), std::move(detail)});
      break;
    }
  }
  if (error.errors.empty()) return {};
  return error;
}

std::vector<ImageUse> imagesOf(const Definition& definition) {
  std::vector<ImageUse> uses;
  for (HeldFile& file : filesOf(definition))
    uses.push_back({definition.name, std::move(file.path), file.isReadOnly});
  return uses;
}

}  // namespace microvm
