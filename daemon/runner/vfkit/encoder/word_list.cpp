#include "daemon/runner/vfkit/encoder/word_list.hpp"

#include <fmt/format.h>

#include "api/core/text.hpp"

namespace microvm {

void WordList::device(std::string text) {
  word("--device");
  word(std::move(text));
}

void WordList::option(std::string flag, const Member& member) {
  checkText(member);
  word(std::move(flag));
  word(member.value);
}

std::string WordList::value(std::string_view key, const Member& member) {
  checkText(member);
  if (isCut(member.value)) {
    const auto cut = member.value[member.value.find_first_of(split_)];
    refuse(member.pointer, fmt::format("{} has a {}, at which the runner splits; use a name without one",
                                       inQuotes(member.value), cut == ',' ? "comma" : "="));
  }
  return fmt::format(",{}={}", key, member.value);
}

std::string WordList::path(std::string_view key, const Member& member, std::string_view linkName) {
  return fmt::format(",{}={}", key, reach(member, linkName, split_));
}

std::string WordList::reach(const Member& member, std::string_view linkName, std::string_view unwanted) {
  checkText(member);
  if (member.value.find_first_of(unwanted) == std::string::npos) return member.value;
  return addLink(member.value, linkName);
}

std::string WordList::reachThroughFolder(const Member& member, std::string_view linkName, bool isPlain) {
  checkText(member);
  if (isPlain) return member.value;
  const auto slash = member.value.rfind('/');
  if (slash == std::string::npos) return member.value;  // not absolute, which validate() told
  const std::string folder = slash == 0 ? "/" : member.value.substr(0, slash);
  return addLink(folder, linkName) + member.value.substr(slash);
}

std::string WordList::link(const Member& member, std::string_view linkName) {
  checkText(member);
  return addLink(member.value, linkName);
}

std::string WordList::addLink(const std::string& target, std::string_view name) {
  command_.links.push_back({fmt::format("{}/links/{}", runFolder_, name), target});
  return command_.links.back().path;
}

void WordList::checkText(const Member& member) {
  if (member.value.empty()) {
    refuse(member.pointer, "is empty");
  } else if (member.value.find('\0') != std::string::npos || !isUtf8(member.value)) {
    refuse(member.pointer, inQuotes(member.value) + " is not UTF-8 without NUL, which is all that a runner takes");
  }
}

Result<EncodedCommand> WordList::take() && {
  if (!errors_.empty()) return invalidMembers(std::move(errors_));
  return std::move(command_);
}

}  // namespace microvm
