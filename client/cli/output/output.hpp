// Data on standard output, talk on standard error.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::cli {

/// One of the two outputs: a file descriptor that somebody else owns. After the first write that is refused what
/// follows is dropped, and isClosed() says so. A reader that went away (`| head`) is no error; failure() has every
/// other reason.
class Output {
public:
  explicit Output(int fd) : fd_(fd) {}

  void write(std::string_view text);
  [[nodiscard]] bool isTerminal() const;
  [[nodiscard]] bool isClosed() const { return closed_; }
  /// What write() does with the errno of a write that was refused, for those who write to fd() themselves.
  void refused(int errnoValue);
  /// The errno of a full disk and the like, or 0.
  [[nodiscard]] int failure() const { return failure_; }
  [[nodiscard]] int fd() const { return fd_; }

private:
  int fd_;
  bool closed_ = false;
  int failure_ = 0;
};

enum class Format { Table, Wide, Json, JsonLines, Name, Further };

/// "table", "wide", "json", "jsonl", "name". Errc::Usage names the ones there are.
Result<Format> parseFormat(std::string_view text);

/// A cell as text and, on a terminal that wants it, its colour (an SGR number such as "32").
struct Cell {
  std::string text;
  std::string_view colour = {};
};

/// Columns two blanks apart, the last one ragged; no decoration in cells.
class Table {
public:
  explicit Table(std::vector<std::string_view> header);
  void add(std::vector<Cell> row);
  enum class Colour { Off, On };
  [[nodiscard]] std::string text(Colour colour) const;

private:
  std::vector<std::vector<Cell>> rows_;
};

/// For a terminal: control characters, which could come from a guest or a file name, as \xNN.
std::string printable(std::string_view text);

}  // namespace microvm::cli
