#include "client/service/systemd/unit_text.hpp"

#include <fmt/format.h>

namespace microvm::service {
namespace {

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:=@+,-%$";

/// Variables are expanded in arguments only; the program's own "$" stays one.
enum class Place { Program, Argument };

std::string quoted(std::string_view word, Place place) {
  std::string out;
  for (const char c : word) {
    if (c == '%') {
      out += "%%";
    } else if (c == '$' && place == Place::Argument) {
      out += "$$";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  const bool isPlain = !word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos;
  return isPlain ? out : "\"" + out + "\"";
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The character behind a backslash, which is taken away with what belongs to it.
char unescape(std::string_view& rest) {
  const char c = rest.front();
  rest.remove_prefix(1);
  if (c == 'x' && rest.size() >= 2 && digit(rest[0]) >= 0 && digit(rest[1]) >= 0) {
    const char byte = static_cast<char>(digit(rest[0]) * 16 + digit(rest[1]));
    rest.remove_prefix(2);
    return byte;
  }
  if (c == 'n') return '\n';
  return c == 't' ? '\t' : c;
}

std::string nextWord(std::string_view& rest, Place place) {
  std::string word;
  char quote = 0;
  while (!rest.empty() && (quote != 0 || (rest.front() != ' ' && rest.front() != '\t'))) {
    const char c = rest.front();
    rest.remove_prefix(1);
    const bool isDoubled = !rest.empty() && rest.front() == c && (c == '%' || (c == '$' && place == Place::Argument));
    if (c == '\\' && !rest.empty()) {
      word += unescape(rest);
    } else if (quote == 0 ? c == '"' || c == '\'' : c == quote) {
      quote = quote == 0 ? c : '\0';
    } else {
      word += c;
      if (isDoubled) rest.remove_prefix(1);
    }
  }
  return word;
}

std::string_view stripped(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

}  // namespace

std::string execLine(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words)
    line += line.empty() ? quoted(word, Place::Program) : " " + quoted(word, Place::Argument);
  return line;
}

std::vector<std::string> splitExecLine(std::string_view line) {
  std::vector<std::string> words;
  for (line = stripped(line); !line.empty(); line = stripped(line))
    words.push_back(nextWord(line, words.empty() ? Place::Program : Place::Argument));
  return words;
}

std::string plainValue(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '%' ? std::string("%%") : std::string(1, c);
  return out;
}

std::string valueOf(std::string_view unit, std::string_view section, std::string_view key) {
  std::string value;
  bool isInside = false;
  while (!unit.empty()) {
    const auto line = stripped(unit.substr(0, unit.find('\n')));
    unit.remove_prefix(std::min(unit.find('\n'), unit.size() - 1) + 1);
    if (line.starts_with('[')) isInside = line == fmt::format("[{}]", section);
    const auto equals = line.find('=');
    if (isInside && equals != std::string_view::npos && stripped(line.substr(0, equals)) == key) {
      value = stripped(line.substr(equals + 1));
    }
  }
  return value;
}

}  // namespace microvm::service
