#include "client/cli/doctor/examination.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/advice.hpp"

namespace microvm::doctor {
namespace {

constexpr std::size_t kLeastColumns = 60;
constexpr std::array<std::string_view, 4> kColours{"32", "36", "33", "31"};  // by Level

bool isHere(const Check& check, Platform platform) {
  if (check.where == Where::Everywhere) return true;
  return (check.where == Where::MacOs) == (platform == Platform::MacOs);
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool explains(const Check& check, const std::string& failure) {
  std::string_view rest = check.explains;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('|'), rest.size());
    if (failure.find(rest.substr(0, end)) != std::string::npos) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

/// Bytes that begin a character; a column each is near enough for paths and sentences.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Broken at blanks; the lines after the first begin at `indent`.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (column > indent && column + 1 + width(word) > columns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string counted(std::size_t number, Level level) {
  const bool isPlural = number != 1 && (level == Level::Warning || level == Level::Error);
  return fmt::format("{} {}{}", number, nameOf(level), isPlural ? "s" : "");
}

}  // namespace

std::vector<Diagnosis> examine(const Host& host, const Subject& subject) {
  std::vector<Diagnosis> found;
  for (const Check& check : checks()) {
    if (!isHere(check, host.platform())) continue;
    if (auto finding = check.examine(host, subject)) found.push_back({&check, *std::move(finding)});
  }
  return found;
}

Level worst(const std::vector<Diagnosis>& diagnoses) {
  Level level = Level::Ok;
  for (const Diagnosis& each : diagnoses)
    level = std::max(level, each.finding.level);
  return level;
}

const Diagnosis* likelyCause(const std::vector<Diagnosis>& diagnoses, std::string_view failure) {
  const auto words = lowered(failure);
  const Diagnosis* stopper = nullptr;
  for (const Diagnosis& each : diagnoses) {
    if (each.finding.level < Level::Warning && !(each.finding.level == Level::Info && !each.finding.fix.empty()))
      continue;
    if (explains(*each.check, words)) return &each;
    const bool stops = each.finding.level == Level::Error && each.check->weight == Weight::StopsStarts;
    if (stops && stopper == nullptr) stopper = &each;
  }
  return stopper;
}

nlohmann::ordered_json toJson(const Diagnosis& diagnosis) {
  using Json = nlohmann::ordered_json;
  const auto orNull = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  const Finding& finding = diagnosis.finding;
  return Json{{"id", diagnosis.check->id},  {"status", nameOf(finding.level)},  {"title", diagnosis.check->title},
              {"finding", finding.finding}, {"reason", orNull(finding.reason)}, {"fix", orNull(finding.fix)}};
}

std::string toText(const std::vector<Diagnosis>& diagnoses, std::size_t columns, Colour colour) {
  std::size_t ids = 0;
  for (const Diagnosis& each : diagnoses)
    ids = std::max(ids, each.check->id.size());
  constexpr std::size_t kStatus = 7;  // "warning"
  const std::size_t indent = kStatus + 2 + ids + 2;
  columns = std::max(columns, kLeastColumns);
  std::string out;
  for (const auto& [check, finding] : diagnoses) {
    auto status = fmt::format("{:<{}}", nameOf(finding.level), kStatus);
    if (colour == Colour::On)
      status = fmt::format("\x1b[{}m{}\x1b[0m", kColours[static_cast<std::size_t>(finding.level)], status);
    out += fmt::format("{}  {:<{}}  {}\n", status, check->id, ids, wrapped(finding.finding, indent, columns));
    const std::string blank(indent, ' ');
    if (!finding.reason.empty()) out += blank + wrapped(finding.reason, indent, columns) + "\n";
    if (!finding.fix.empty()) out += fmt::format("{}{}\n", blank, cli::adviceText(finding.fix));
  }
  return out;
}

std::string summary(const std::vector<Diagnosis>& diagnoses) {
  std::string out = fmt::format("{} checks:", diagnoses.size());
  std::string_view separator = " ";
  for (const Level level : {Level::Ok, Level::Info, Level::Warning, Level::Error}) {
    const auto number = static_cast<std::size_t>(std::count_if(
        diagnoses.begin(), diagnoses.end(), [level](const Diagnosis& each) { return each.finding.level == level; }));
    if (number == 0) continue;
    out += separator;
    out += counted(number, level);
    separator = ", ";
  }
  return out;
}

}  // namespace microvm::doctor
