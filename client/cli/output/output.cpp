#include "client/cli/output/output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace microvm::cli {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 5> kFormats{{{"table", Format::Table},
                                                                       {"wide", Format::Wide},
                                                                       {"json", Format::Json},
                                                                       {"jsonl", Format::JsonLines},
                                                                       {"name", Format::Name}}};

// Columns that UTF-8 text takes, one per code point: enough for names and labels.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void Output::write(std::string_view text) {
  while (!text.empty() && !closed_) {
    const ssize_t count = ::write(fd_, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      // The terminal may have been made non-blocking by a program that shares it.
      pollfd waiting{fd_, POLLOUT, 0};
      ::poll(&waiting, 1, 1000);
    } else if (errno != EINTR) {
      refused(errno);
    }
  }
}

void Output::refused(int errnoValue) {
  closed_ = true;
  if (errnoValue != EPIPE) failure_ = errnoValue;
}

bool Output::isTerminal() const {
  return ::isatty(fd_) == 1;
}

Result<Format> parseFormat(std::string_view text) {
  for (const auto& [name, format] : kFormats) {
    if (name == text) return format;
  }
  return Error{Errc::Usage,
               fmt::format("--output: there is no format \"{}\"", text),
               "one of table, wide, json, jsonl, name",
               {}};
}

Table::Table(std::vector<std::string_view> header) {
  std::vector<Cell> cells;
  cells.reserve(header.size());
  for (const auto name : header)
    cells.push_back(Cell{std::string(name)});
  rows_.push_back(std::move(cells));
}

void Table::add(std::vector<Cell> row) {
  for (Cell& cell : row)
    cell.text = cell.text.empty() ? "-" : printable(cell.text);
  rows_.push_back(std::move(row));
}

std::string Table::text(Colour colour) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i].text));
  }
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool coloured = colour == Colour::On && !row[i].colour.empty();
      out += coloured ? fmt::format("\x1b[{}m{}\x1b[0m", row[i].colour, row[i].text) : row[i].text;
      if (i + 1 < row.size()) out.append(widths[i] - width(row[i].text) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

}  // namespace microvm::cli
