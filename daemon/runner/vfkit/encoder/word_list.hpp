// Collects the words of a command line, the links that they need, and what cannot be a word.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "daemon/runner/vfkit/encoder/encoder.hpp"

namespace microvm {

/// A value and where it comes from.
struct Member {
  const std::string& value;
  std::string pointer;
};

class WordList {
public:
  /// `split`: the characters at which the runner cuts a device's options.
  WordList(std::string runFolder, std::string_view split) : runFolder_(std::move(runFolder)), split_(split) {}

  void word(std::string text) { command_.words.push_back(std::move(text)); }
  void device(std::string text);
  /// A flag and its value, which the runner takes as it is.
  void option(std::string flag, const Member& member);

  /// ",key=value" for a device. What the runner would cut is refused.
  std::string value(std::string_view key, const Member& member);
  /// The same for a file or folder that is there: what the runner would cut is reached through a link of this name.
  std::string path(std::string_view key, const Member& member, std::string_view linkName);
  /// The path itself, or a link to it when it has one of these characters.
  std::string reach(const Member& member, std::string_view linkName, std::string_view unwanted);
  /// The same for a file that the runner makes or for which a link will not do: the link is to its folder.
  std::string reachThroughFolder(const Member& member, std::string_view linkName, bool isPlain);
  /// Has a link of this name made, whatever the path.
  std::string link(const Member& member, std::string_view linkName);

  void bind(const std::string& path) { command_.binds.push_back(path); }
  void needEmptyInitrd(const std::string& path) { command_.emptyInitrd = path; }
  void refuse(const std::string& pointer, std::string detail) { errors_.push_back({pointer, std::move(detail)}); }

  /// Whether a device's value may have this text in it.
  [[nodiscard]] bool isCut(std::string_view text) const { return text.find_first_of(split_) != std::string_view::npos; }
  [[nodiscard]] const std::string& runFolder() const { return runFolder_; }

  Result<EncodedCommand> take() &&;

private:
  void checkText(const Member& member);
  std::string addLink(const std::string& target, std::string_view name);

  std::string runFolder_;
  std::string_view split_;
  EncodedCommand command_;
  std::vector<FieldError> errors_;
};

}  // namespace microvm
