// What a command gets beside its arguments.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/core/result.hpp"
#include "client/cli/command.hpp"
#include "client/cli/host.hpp"
#include "client/cli/output/output.hpp"
#include "client/client.hpp"

namespace microvm::cli {

/// The three descriptors of the process, or a test's stand-ins.
struct Streams {
  int in = 0;
  int out = 1;
  int err = 2;
};

class Context {
public:
  enum class Notes { Shown, Quiet };

  /// Nothing is connected before the first request.
  Context(Streams streams, Environment environment, CommandTable table, client::Endpoint daemon, Notes notes);

  [[nodiscard]] client::Client& client() { return client_; }
  [[nodiscard]] Output& out() { return out_; }
  [[nodiscard]] Output& err() { return err_; }
  [[nodiscard]] int in() const { return in_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] CommandTable table() const { return table_; }
  [[nodiscard]] bool isQuiet() const { return notes_ == Notes::Quiet; }
  /// Colour is for terminals whose owner did not set NO_COLOR.
  [[nodiscard]] Table::Colour colour() const;

  /// What -o or --json asked for.
  [[nodiscard]] std::optional<Format> format() const { return format_; }
  void setFormat(std::optional<Format> format) { format_ = format; }
  /// It was one of the two that programs read.
  [[nodiscard]] bool wantsJson() const { return format_ == Format::Json || format_ == Format::JsonLines; }
  /// On standard output: indented for json, a line for jsonl.
  void writeJson(const client::Json& json);

  /// A line for people on standard error; nothing under --quiet.
  void note(std::string_view text);
  /// `microvmctl: cannot start "web": <detail> (<code>). Try: <hint>` and a line per unusable member; with -o json the
  /// problem object. `what` is "cannot start \"web\"" or empty. Returns what to exit with.
  ExitCode fail(std::string_view what, const Error& error);

private:
  Output out_;
  Output err_;
  int in_;
  Environment environment_;
  CommandTable table_;
  client::Client client_;
  Notes notes_;
  std::optional<Format> format_;
};

}  // namespace microvm::cli
