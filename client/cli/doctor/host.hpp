// The host as the checks see it. Tests give them a host of paper, so that every check runs on every system.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/result.hpp"
#include "api/core/time.hpp"
#include "client/service/control.hpp"

namespace microvm::doctor {

enum class Platform { Linux, MacOs };
enum class FileKind { Regular, Folder, Other };
enum class Use { ReadWrite, Execute };

struct FileInfo {
  FileKind kind = FileKind::Regular;
  unsigned owner = 0;
  unsigned mode = 0;  ///< permissions only: 0755
};

/// What is left for this user on a file system.
struct Space {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;  ///< inodes; a file system that does not count them has as many as it likes
};

struct Said {
  std::optional<int> code;  ///< nothing: it was ended by a signal
  std::string out;
  std::string err;
};

/// Blocking; every call is bounded in time and bytes. Errors are those of api/core/error.hpp and name the thing.
class Host {
public:
  virtual ~Host() = default;

  [[nodiscard]] virtual Platform platform() const = 0;
  [[nodiscard]] virtual std::optional<std::string> environment(const std::string& name) const = 0;
  [[nodiscard]] virtual unsigned user() const = 0;
  [[nodiscard]] virtual Timestamp now() const = 0;

  [[nodiscard]] virtual Result<std::string> read(const std::string& path) const = 0;
  [[nodiscard]] virtual Result<FileInfo> look(const std::string& path) const = 0;
  /// Whether this process may use the file so.
  [[nodiscard]] virtual Result<void> may(const std::string& path, Use use) const = 0;
  [[nodiscard]] virtual Result<Space> space(const std::string& path) const = 0;
  /// How many files a process of this user can ask to have open.
  [[nodiscard]] virtual Result<std::uint64_t> openFiles() const = 0;

  /// The absolute path of a program that is named by its name or its path.
  [[nodiscard]] virtual Result<std::string> find(const std::string& program) const = 0;
  /// The user's own service, or else that of the system, as its service manager has it.
  [[nodiscard]] virtual Result<service::Status> service() const = 0;
  /// Runs a program with its arguments, with nothing to read. Errc::Timeout when it does not end within `limit`.
  [[nodiscard]] virtual Result<Said> run(const std::vector<std::string>& words,
                                         Milliseconds limit = Milliseconds(2000)) const = 0;
};

Platform ownPlatform();
/// The host that this program runs on.
std::unique_ptr<Host> systemHost();

}  // namespace microvm::doctor
