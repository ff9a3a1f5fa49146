// A text in the user's editor.
#pragma once
#include <string>

#include "api/core/result.hpp"
#include "client/cli/host.hpp"

namespace microvm::cli {

/// A file for one text, in a folder that nobody else can look into. It is removed in the end unless it is kept.
class EditedFile {
public:
  /// In $TMPDIR, or /tmp.
  static Result<EditedFile> make(const std::string& name, const Environment& environment);
  EditedFile(EditedFile&& other) noexcept;
  EditedFile& operator=(EditedFile&&) = delete;
  EditedFile(const EditedFile&) = delete;
  EditedFile& operator=(const EditedFile&) = delete;
  ~EditedFile();

  /// Puts the text there, lets the user edit it on our terminal, and reads it back. The editor is $VISUAL, $EDITOR or
  /// vi, a command of the shell. Errc::Io when it ended badly, and then nothing is read.
  Result<std::string> edit(const std::string& text, const Environment& environment) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  void keep() { isKept_ = true; }

private:
  EditedFile(std::string folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}

  std::string folder_;  // empty when moved from
  std::string path_;
  bool isKept_ = false;
};

}  // namespace microvm::cli
