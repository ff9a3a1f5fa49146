// Any bytes as HTTP: whole or in pieces, a request or an answer, the outcome is the same and within its bounds.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/codec.hpp"

namespace {

using namespace microvm;
using namespace microvm::http;

constexpr Limits kLimits{.headBytes = 512, .headFields = 8, .bodyBytes = 256};

void insist(bool holds) {
  if (!holds) std::abort();
}

/// What became of a stream of messages: each as text, and how it ended.
struct Outcome {
  std::vector<std::string> messages;
  Errc end = Errc::Cancelled;
  bool operator==(const Outcome&) const = default;
};

std::string textOf(const Headers& headers) {
  std::string text;
  for (const auto& [name, value] : headers.all())
    text += name + ":" + value + "\n";
  return text;
}
std::string textOf(Request message) {
  insist(message.body.size() <= kLimits.bodyBytes && message.headers.all().size() <= kLimits.headFields);
  return message.method + " " + message.target + "\n" + textOf(message.headers) + message.body;
}
std::string textOf(Response message) {
  insist(message.body.size() <= kLimits.bodyBytes && message.headers.all().size() <= kLimits.headFields);
  return std::to_string(message.status) + "\n" + textOf(message.headers) + message.body;
}

template <class Parser>
Outcome read(std::string_view bytes, std::size_t piece) {
  Outcome outcome;
  std::string held;
  Parser parser(kLimits);
  while (true) {
    std::string_view input = held;
    const auto progress = parser.feed(input);
    insist(input.size() <= held.size());
    held.erase(0, held.size() - input.size());
    if (!progress) {
      outcome.end = progress.error().code;
      return outcome;
    }
    if (*progress == Progress::Done) {
      outcome.messages.push_back(textOf(parser.take()));
      parser = Parser(kLimits);
      if (!held.empty()) continue;
    } else {
      insist(held.empty());
    }
    if (bytes.empty()) return outcome;
    const auto size = std::min(piece, bytes.size());
    held.assign(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

/// What was read as one request is read as the same one when it is written again.
void writeAgain(std::string_view bytes) {
  RequestParser parser(kLimits);
  const auto progress = parser.feed(bytes);
  if (!progress || *progress != Progress::Done) return;
  Request request = parser.take();
  if (request.headers.find("Transfer-Encoding") || request.isHttp10) return;
  const auto method = request.method;
  const auto target = request.target;
  const auto body = request.body;
  const auto text = serialize(request);
  std::string_view again = text;
  RequestParser second;
  const auto reread = second.feed(again);
  insist(reread && *reread == Progress::Done && again.empty());
  const auto copy = second.take();
  insist(copy.method == method && copy.target == target && copy.body == body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    insist(read<RequestParser>(bytes, size + 1) == read<RequestParser>(bytes, piece));
    insist(read<ResponseParser>(bytes, size + 1) == read<ResponseParser>(bytes, piece));
  }
  writeAgain(bytes);
  return 0;
}
