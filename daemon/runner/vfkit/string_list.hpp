// The list syntax of --bootloader and --cloud-init, and the key=value options of everything.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::vfkit {

/// Splits at commas outside double quotes. Quotes stay in the text, but an element that begins and ends with one loses
/// all its leading and trailing quotes. There is no escape character, and bytes that are no UTF-8 become U+FFFD.
/// Errc::Usage for an odd number of quotes.
Result<std::vector<std::string>> splitQuotedList(std::string_view text);

/// Splits at every comma.
std::vector<std::string> splitAtCommas(std::string_view text);

/// The quote rule of splitQuotedList for one text.
std::string stripOuterQuotes(std::string_view text);

struct KeyValue {
  std::string key;
  std::string value;  ///< empty also when there was no "="
};

/// Splits each element at its first "="; empty elements are dropped.
std::vector<KeyValue> optionsOf(std::span<const std::string> elements);

}  // namespace microvm::vfkit
