#include "tests/support/openapi/event_reader.hpp"

#include "tests/support/openapi/answer_check.hpp"

namespace microvm::test {

std::string mediaTypeOf(Framing framing) {
  return framing == Framing::ServerSent ? "text/event-stream" : "application/x-ndjson";
}

void EventReader::append(std::string_view bytes) {
  if (framing_ == Framing::ServerSent) decoder_.append(bytes);
  if (framing_ == Framing::Lines) lines_ += bytes;
}

std::optional<EventReader::Json> EventReader::next() {
  const auto message = nextMessage();
  if (!message) return std::nullopt;
  for (const auto& complaint : complaintsAboutEvent(message->data))
    complain(*message, complaint);
  auto json = Json::parse(message->data, nullptr, false);
  if (framing_ == Framing::ServerSent && json.is_object()) checkLabels(*message, json);
  return json;
}

std::optional<EventReader::Message> EventReader::nextMessage() {
  if (framing_ == Framing::Lines) return nextLine();
  auto event = decoder_.next();
  if (!event) {
    complaints_.push_back(event.error().detail);
    return std::nullopt;
  }
  if (!*event) return std::nullopt;
  return Message{(*event)->id, (*event)->name, (*event)->data};
}

/// Lines without anything are heartbeats.
std::optional<EventReader::Message> EventReader::nextLine() {
  while (true) {
    const auto end = lines_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    Message message{"", "", lines_.substr(0, end)};
    lines_.erase(0, end + 1);
    if (!message.data.empty()) return message;
  }
}

/// Whoever comes back with the id goes on after this event, or behind this gap.
void EventReader::checkLabels(const Message& message, const Json& json) {
  const bool isGap = json.value("type", Json()) == "gap";
  const auto number = isGap ? json.value("next", Json(0)) : json.value("sequence", Json(0));
  const std::int64_t last = number.is_number_integer() ? number.get<std::int64_t>() - (isGap ? 1 : 0) : 0;
  if (message.id != std::to_string(last)) complain(message, "its id is " + message.id);
  if (message.name != (isGap ? "gap" : "")) complain(message, "its name is \"" + message.name + "\"");
}

void EventReader::complain(const Message& message, const std::string& what) {
  complaints_.push_back(what + " in " + message.data);
}

}  // namespace microvm::test
