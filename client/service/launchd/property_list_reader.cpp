#include <charconv>
#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "client/service/launchd/property_list.hpp"

namespace microvm::service {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 16;

struct Entity {
  std::string_view name;
  char character;
};
constexpr Entity kEntities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

/// Reads the elements one by one; the first that does not fit ends it.
class Reader {
public:
  explicit Reader(std::string_view text) : all_(text), rest_(text) {}

  Result<Json> read() {
    skipProlog();
    if (!take("<plist version=\"1.0\">") && !take("<plist>")) return error("there is no <plist>");
    Json list;
    if (!value(list, 0)) return error(failure_);
    if (!take("</plist>")) return error("there is no </plist> behind the value");
    return list;
  }

private:
  [[nodiscard]] Error error(const std::string& what) const {
    return Error{Errc::Invalid,
                 "no property list: " + what + " (at byte " + std::to_string(all_.size() - rest_.size()) + ")",
                 {},
                 {}};
  }
  bool fail(const char* what) {
    failure_ = what;
    return false;
  }

  void skipTo(std::string_view end) {
    const auto at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }
  void skipBlanks() {
    for (;;) {
      const auto at = rest_.find_first_not_of(" \t\r\n");
      rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
      if (!rest_.starts_with("<!--")) return;
      skipTo("-->");
    }
  }
  void skipProlog() {
    skipBlanks();
    while (rest_.starts_with("<?") || rest_.starts_with("<!DOCTYPE")) {
      skipTo(">");
      skipBlanks();
    }
  }
  bool take(std::string_view tag) {
    skipBlanks();
    if (!rest_.starts_with(tag)) return false;
    rest_.remove_prefix(tag.size());
    return true;
  }

  std::optional<std::string> textUntil(std::string_view end) {
    std::string out;
    while (!rest_.empty() && rest_.front() != '<') {
      if (rest_.front() != '&') {
        out += rest_.front();
        rest_.remove_prefix(1);
      } else if (!entity(out)) {
        return std::nullopt;
      }
    }
    if (!rest_.starts_with(end)) return std::nullopt;
    rest_.remove_prefix(end.size());
    return out;
  }
  bool entity(std::string& out) {
    for (const auto& known : kEntities) {
      if (!rest_.starts_with(known.name)) continue;
      out += known.character;
      rest_.remove_prefix(known.name.size());
      return true;
    }
    return false;
  }

  bool value(Json& into, int depth) {
    if (depth > kDeepest) return fail("it is too deep");
    if (take("<dict>")) return dict(into, depth);
    if (take("<array>")) return array(into, depth);
    if (take("<dict/>")) return into = Json::object(), true;
    if (take("<array/>")) return into = Json::array(), true;
    if (take("<true/>")) return into = true, true;
    if (take("<false/>")) return into = false, true;
    if (take("<string/>")) return into = "", true;
    if (take("<string>")) return string(into);
    if (take("<integer>")) return integer(into);
    return fail("there is no value of a known kind");
  }
  bool dict(Json& into, int depth) {
    into = Json::object();
    while (!take("</dict>")) {
      if (!take("<key>")) return fail("a <dict> has something else than a <key>");
      const auto key = textUntil("</key>");
      if (!key) return fail("a <key> does not end");
      if (!value(into[*key], depth + 1)) return false;
    }
    return true;
  }
  bool array(Json& into, int depth) {
    into = Json::array();
    while (!take("</array>")) {
      into.push_back(nullptr);
      if (!value(into.back(), depth + 1)) return false;
    }
    return true;
  }
  bool string(Json& into) {
    auto text = textUntil("</string>");
    if (!text) return fail("a <string> does not end");
    into = std::move(*text);
    return true;
  }
  bool integer(Json& into) {
    const auto text = textUntil("</integer>").value_or("");
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size()) return fail("an <integer> is none");
    into = number;
    return true;
  }

  std::string_view all_;
  std::string_view rest_;
  std::string failure_;
};

}  // namespace

Result<Json> readPropertyList(std::string_view text) {
  return Reader(text).read();
}

}  // namespace microvm::service
