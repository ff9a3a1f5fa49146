// A command as a row of a table: parser, help, completions and manual are all made from it.
#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/output/exit_code.hpp"

namespace microvm::cli {

class Arguments;
class Context;

enum class Takes { Nothing, OneValue, ManyValues };

struct Option {
  std::string_view names;  ///< "-o,--output,--format"; the first long one is its key in Arguments
  std::string_view value;  ///< how help calls its value: "FORMAT"
  std::string_view help;   ///< "{}" in it stands for the choices: "table or json"
  Takes takes = Takes::OneValue;
  std::string_view choices{};  ///< the only values there are, "table,json"; "console=REGEX" is all that begins so
};

struct Example {
  std::string_view line;
  std::string_view purpose;
};

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

struct Command {
  std::string_view name;
  std::string_view alias;     ///< a second name, or empty
  std::string_view group;     ///< the heading in the overview
  std::string_view summary;   ///< one line, no full stop
  std::string_view operands;  ///< "NAME...", as help shows it
  std::size_t leastOperands = 0;
  std::size_t mostOperands = 0;
  std::string_view description;
  std::span<const Option> options;
  std::span<const Example> examples;
  ExitCode (*run)(Context& context, const Arguments& arguments) = nullptr;
  bool isOffline = false;            ///< no daemon is asked: --host is the machine that is meant, not a socket
  std::string_view furtherFormat{};  ///< a format of -o beside those of every command
};

using CommandTable = std::span<const Command* const>;

/// By name or alias; nullptr when there is none.
const Command* findCommand(CommandTable table, std::string_view name);
/// The name that a person who typed `name` most likely meant, or nothing.
std::string_view closestCommand(CommandTable table, std::string_view name);
/// The key of an option in Arguments: its first long name without dashes.
std::string_view keyOf(const Option& option);
/// "-o", "--output", "--format".
std::vector<std::string_view> namesOf(const Option& option);
/// As they are in the table; none when any value will do.
std::vector<std::string_view> choicesOf(const Option& option);
/// Whether a value may be several, with commas between them.
bool takesList(const Option& option);
/// "table, json or jsonl".
std::string choicesText(const Option& option);
/// What help says of it.
std::string helpOf(const Option& option);

/// The options of every command: host, quiet, help, version.
std::span<const Option> globalOptions();
/// The option that `name`, such as "-n" or "--lines", is of this command (nullptr: of none), or a global one; nullptr
/// when there is none.
const Option* findOption(const Command* command, std::string_view name);

/// Rows that many commands share.
inline constexpr Option kOutputOption{"-o,--output,--format", "FORMAT", "{}", Takes::OneValue,
                                      "table,wide,json,jsonl,name"};
inline constexpr Option kTableOption{"-o,--output,--format", "FORMAT", "{}", Takes::OneValue, "table,json,jsonl"};
inline constexpr Option kResultOption{"-o,--output,--format", "FORMAT", "print the VM on standard output: {}",
                                      Takes::OneValue, "json,jsonl,name"};
inline constexpr std::string_view kRunnerNames = "auto,vfkit,krunkit,qemu";
inline constexpr Option kJsonOption{"--json", "", "the same as -o json", Takes::Nothing};

}  // namespace microvm::cli
