// What the last word of a command line may become, from the table of commands.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/command.hpp"

namespace microvm::cli {

struct Candidate {
  std::string word;
  std::string description;

  bool operator==(const Candidate&) const = default;
};

/// What a shell completes by itself.
enum class Paths { None, Files, Folders };

struct Completion {
  std::vector<Candidate> candidates;  ///< whole words that begin as the last one does
  bool takesVms = false;              ///< names of VMs, too: see addVms()
  Paths paths = Paths::None;          ///< paths, too
  std::string kept;                   ///< what of the word stands in front of a name or a path: "--vm="
  std::string typed;                  ///< what of the word is the beginning of a name or a path
  std::vector<std::string> given;     ///< VMs that were named before
  std::optional<std::string> host;    ///< the daemon that the line names
};

/// `words`: the line up to the place that is completed, without the program's name; the last one, which may be empty,
/// is in the making. A line that makes no sense has no completion.
Completion complete(CommandTable table, std::span<const std::string> words);

/// Adds those of the names that fit: they begin as is typed, and were not given.
void addVms(Completion& completion, std::span<const Candidate> vms);

/// A candidate in a line, with a tab and its description; at the end, where paths fit, ":files" or ":folders", a tab,
/// and what of the word stands in front of the path.
std::string completionText(const Completion& completion);

}  // namespace microvm::cli
