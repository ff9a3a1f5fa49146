// HTTP/1.1 messages as plain values. Nobody outside api/http/codec.cpp sees Beast.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace microvm::http {

/// Header fields in their order; names compare without regard to case.
class Headers {
public:
  /// The first value, or nothing.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// Replaces every field of that name.
  void set(std::string name, std::string value);
  void add(std::string name, std::string value);
  /// Whether a comma-separated list such as "Connection: keep-alive, Upgrade" has this item.
  [[nodiscard]] bool hasToken(std::string_view name, std::string_view token) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method = "GET";
  std::string target = "/";  ///< as sent: path and query, still percent-encoded
  Headers headers;
  std::string body;
  bool keepAlive = true;
  bool isHttp10 = false;  ///< of the version before HTTP/1.1
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  bool keepAlive = true;
};

/// ASCII only, as HTTP wants it.
bool equalsIgnoringCase(std::string_view left, std::string_view right);

/// "OK", "Not Found" ...; "Unknown" for a number without a name.
std::string_view reasonPhrase(int status);

}  // namespace microvm::http
