#include "daemon/runner/vfkit/string_list.hpp"

#include "daemon/runner/golang/text.hpp"

namespace microvm::vfkit {

std::string stripOuterQuotes(std::string_view text) {
  if (text.empty() || text.front() != '"' || text.back() != '"') return std::string(text);
  const auto first = text.find_first_not_of('"');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of('"') - first + 1));
}

Result<std::vector<std::string>> splitQuotedList(std::string_view text) {
  std::vector<std::string> elements;
  std::string element;
  bool inQuotes = false;
  for (char c : golang::withValidRunes(text)) {
    if (c == '"') inQuotes = !inQuotes;
    if (c == ',' && !inQuotes) {
      elements.push_back(stripOuterQuotes(element));
      element.clear();
    } else {
      element += c;
    }
  }
  if (inQuotes) return Error{Errc::Usage, "mismatched \"", {}, {}};
  std::string last = stripOuterQuotes(element);
  // Nothing at all is no element, also when it is in quotes.
  if (!elements.empty() || !last.empty()) elements.push_back(std::move(last));
  return elements;
}

std::vector<std::string> splitAtCommas(std::string_view text) {
  std::vector<std::string> elements;
  for (std::size_t comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    elements.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  elements.emplace_back(text);
  return elements;
}

std::vector<KeyValue> optionsOf(std::span<const std::string> elements) {
  std::vector<KeyValue> options;
  for (const std::string& element : elements) {
    if (element.empty()) continue;
    const auto equals = element.find('=');
    KeyValue option{element.substr(0, equals), {}};
    if (equals != std::string::npos) option.value = element.substr(equals + 1);
    options.push_back(std::move(option));
  }
  return options;
}

}  // namespace microvm::vfkit
