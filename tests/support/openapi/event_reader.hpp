// A stream of GET /v1/events, taken apart and held against schemas/openapi.json.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/http/sse.hpp"

namespace microvm::test {

/// How events follow each other on a connection.
enum class Framing { ServerSent, Lines };

/// The media type that the document names for it.
std::string mediaTypeOf(Framing framing);

class EventReader {
public:
  explicit EventReader(Framing framing) : framing_(framing) {}

  void append(std::string_view bytes);
  /// The next event or gap, whether or not it is as it should be; nothing until more is appended.
  std::optional<nlohmann::ordered_json> next();
  /// What was wrong with those so far, a line each: members that the document does not declare so, and ids and names of
  /// server-sent events that say something else than their data.
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

private:
  using Json = nlohmann::ordered_json;
  struct Message {
    std::string id, name, data;
  };

  std::optional<Message> nextMessage();
  std::optional<Message> nextLine();
  void checkLabels(const Message& message, const Json& json);
  void complain(const Message& message, const std::string& what);

  Framing framing_;
  http::SseDecoder decoder_{1024 * 1024};
  std::string lines_;
  std::vector<std::string> complaints_;
};

}  // namespace microvm::test
