#include "client/cli/commands/changes/editor.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "api/core/file.hpp"
#include "client/cli/definition/definition_file.hpp"
#include "daemon/process/spawn.hpp"

extern char** environ;

namespace microvm::cli {
namespace {

/// What is typed to the editor's terminal is for the editor, as system(3) has it.
class DeafToTerminal {
public:
  DeafToTerminal() : interrupt_(std::signal(SIGINT, SIG_IGN)), quit_(std::signal(SIGQUIT, SIG_IGN)) {}
  ~DeafToTerminal() {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGQUIT, quit_);
  }
  DeafToTerminal(const DeafToTerminal&) = delete;
  DeafToTerminal& operator=(const DeafToTerminal&) = delete;

private:
  void (*interrupt_)(int);
  void (*quit_)(int);
};

std::string editorOf(const Environment& environment) {
  for (const auto* name : {"VISUAL", "EDITOR"}) {
    const auto editor = environment(name);
    if (editor && !editor->empty()) return *editor;
  }
  return "vi";
}

/// The whole of it: it is the user's own program.
std::vector<std::string> ownEnvironment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry)
    variables.emplace_back(*entry);
  return variables;
}

Result<void> runEditor(const std::string& editor, const std::string& path) {
  SpawnOptions options;
  options.program = "/bin/sh";
  options.arguments = {"sh", "-c", editor + " \"$1\"", "sh", path};
  options.environment = ownEnvironment();
  options.descriptors = {{STDIN_FILENO, STDIN_FILENO}, {STDOUT_FILENO, STDOUT_FILENO}, {STDERR_FILENO, STDERR_FILENO}};
  const DeafToTerminal deaf;
  auto child = spawn(options);
  if (!child) return std::move(child).error();
  const auto end = child->reap();
  if (!end) return end.error();
  if (end->code == 0) return {};
  const auto how = end->signal ? fmt::format("by signal {}", *end->signal) : fmt::format("with code {}", *end->code);
  return Error{Errc::Io, fmt::format("the editor ({}) ended {}", editor, how), "set EDITOR to one that is there", {}};
}

}  // namespace

Result<EditedFile> EditedFile::make(const std::string& name, const Environment& environment) {
  std::string folder = environment("TMPDIR").value_or("/tmp") + "/microvmctl-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return systemError("cannot make a folder like " + folder, errno);
  return EditedFile(folder, folder + "/" + name + ".yaml");
}

EditedFile::EditedFile(EditedFile&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), path_(std::move(other.path_)), isKept_(other.isKept_) {}

EditedFile::~EditedFile() {
  if (folder_.empty() || isKept_) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<std::string> EditedFile::edit(const std::string& text, const Environment& environment) const {
  if (auto written = writeFileAtomically(path_, text); !written) return std::move(written).error();
  if (auto edited = runEditor(editorOf(environment), path_); !edited) return std::move(edited).error();
  return readFile(path_, kDefinitionCap);
}

}  // namespace microvm::cli
