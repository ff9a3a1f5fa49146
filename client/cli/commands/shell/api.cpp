#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "api/http/message.hpp"
#include "client/cli/arguments.hpp"
#include "client/cli/commands/shell/shell_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition_source.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"-d,--data", "JSON", "the body; @FILE: what is in a file, -: standard input"},
    Option{"-H,--header", "NAME:VALUE", "a header field; may be given several times", Takes::ManyValues},
    Option{"-i,--include", "", "print the status and the header fields first", Takes::Nothing},
    Option{"--timeout", "TIME", "give up when nothing comes for so long (default 30s); a stream may be silent"},
};

constexpr std::array kExamples{
    Example{"microvmctl api GET /v1/vms/web", "a VM as the API has it"},
    Example{"microvmctl api POST /v1/vms/web/start -H 'Prefer: wait=20'", "an action, and what has come of it"},
    Example{"microvmctl api PATCH /v1/vms/web -d '{\"spec\": {\"cpus\": 4}}'", "a merge patch"},
    Example{"microvmctl api GET '/v1/events?follow=true'", "events as they happen, a line each"},
};

constexpr Milliseconds kDefaultLimit{30'000};
constexpr std::size_t kIndentedCap = 16 * 1024 * 1024;

Error usage(std::string detail, std::string hint) {
  return Error{Errc::Usage, std::move(detail), std::move(hint), {}};
}

bool isWord(std::string_view text, std::string_view further) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return isLetter || further.find(c) != std::string_view::npos;
  });
}

/// What says where a message goes and where it ends is not for the user to say.
constexpr std::array<std::string_view, 7> kOwnFields{
    "Host", "Authorization", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Expect"};

Result<void> addHeader(http::Headers& headers, const std::string& text) {
  const auto colon = std::min(text.find(':'), text.size());
  const auto name = text.substr(0, colon);
  const auto value = trimmed(std::string_view(text).substr(std::min(colon + 1, text.size())));
  if (colon == text.size() || !isWord(name, "!#$%&'*+-.^_`|~") || hasControlCharacters(value))
    return usage(fmt::format("--header: {} is no header field", inQuotes(text)), "write it as NAME:VALUE");
  for (const auto own : kOwnFields) {
    if (http::equalsIgnoringCase(name, own))
      return usage(fmt::format("--header: {} is microvmctl's own to say", own),
                   "leave it out; a token goes into MICROVM_TOKEN");
  }
  headers.add(name, std::string(value));
  return {};
}

Result<std::string> bodyOf(Context& context, const std::string& data) {
  if (data == "-") return readSource("-", context);
  if (data.starts_with('@')) return readSource(data.substr(1), context);
  return data;
}

Result<http::Request> requestOf(Context& context, const Arguments& arguments) {
  http::Request request;
  request.method = arguments.operands()[0];
  request.target = arguments.operands()[1];
  if (!isWord(request.method, "-"))
    return usage(fmt::format("{} is no method", inQuotes(request.method)), "one of GET, POST, PUT, PATCH or DELETE");
  const bool isPlain =
      std::all_of(request.target.begin(), request.target.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!request.target.starts_with('/') || !isPlain)
    return usage(fmt::format("{} is no path of the API", inQuotes(request.target)),
                 "it begins with / and has blanks as %20, such as /v1/vms");
  for (const auto& field : arguments.all("header")) {
    if (auto added = addHeader(request.headers, field); !added) return std::move(added).error();
  }
  const auto data = arguments.text("data");
  if (!data) return request;
  auto body = bodyOf(context, *data);
  if (!body) return std::move(body).error();
  request.body = std::move(*body);
  if (!request.headers.find("Content-Type"))
    request.headers.set("Content-Type",
                        request.method == "PATCH" ? "application/merge-patch+json" : "application/json");
  return request;
}

std::string mediaTypeOf(const http::Response& head) {
  const auto type = head.headers.find("Content-Type").value_or("");
  return std::string(trimmed(type.substr(0, type.find(';'))));
}

bool isJson(std::string_view type) {
  return type == "application/json" || type.ends_with("+json");
}

bool isStream(std::string_view type) {
  return type == "text/event-stream" || type == "application/x-ndjson";
}

void printHead(Context& context, const http::Response& head) {
  std::string text = fmt::format("HTTP/1.1 {} {}\n", head.status, http::reasonPhrase(head.status));
  for (const auto& [name, value] : head.headers.all())
    text += printable(fmt::format("{}: {}", name, value)) + "\n";
  context.out().write(text + "\n");
}

/// For people: indented, where it can be.
Result<void> printIndented(Context& context, http::ClientStream& answer, Milliseconds limit) {
  auto body = answer.readAll(limit, kIndentedCap);
  if (!body) return std::move(body).error();
  const auto json = Json::parse(*body, nullptr, false);
  context.out().write(json.is_discarded() ? *body : json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  return {};
}

enum class Silence { IsAnError, IsAllowed };

/// As it comes.
Result<void> pass(Context& context, http::ClientStream& answer, Milliseconds limit, Silence silence) {
  while (!context.out().isClosed()) {
    auto piece = answer.read(limit);
    if (!piece && piece.error().code == Errc::Timeout && silence == Silence::IsAllowed) continue;
    if (!piece) return std::move(piece).error();
    if (piece->empty()) return {};
    context.out().write(*piece);
  }
  return {};
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto timeout = arguments.duration("timeout");
  if (!timeout) return context.fail("", timeout.error());
  const auto limit = timeout->value_or(kDefaultLimit);
  auto request = requestOf(context, arguments);
  if (!request) return context.fail("", request.error());
  auto answer = context.client().open(std::move(*request), limit);
  if (!answer) return context.fail("", answer.error());
  if (arguments.has("include")) printHead(context, answer->head());
  if (answer->head().status >= 400) return context.fail("", context.client().refusal(*answer));
  const auto type = mediaTypeOf(answer->head());
  const auto silence = isStream(type) ? Silence::IsAllowed : Silence::IsAnError;
  const auto printed = isJson(type) && context.out().isTerminal() ? printIndented(context, *answer, limit)
                                                                  : pass(context, *answer, limit, silence);
  return printed ? ExitCode::Ok : context.fail("the answer is not whole", printed.error());
}

}  // namespace

const Command& apiCommand() {
  static constexpr Command kCommand{
      .name = "api",
      .group = "Service",
      .summary = "send one request to the daemon's API, and print the answer",
      .operands = "METHOD TARGET",
      .leastOperands = 2,
      .mostOperands = 2,
      .description =
          "TARGET is a path of the API, with its query: /v1/vms?limit=5. The daemon is found as every command finds "
          "it, on "
          "this machine, by SSH or by HTTPS, and gets the token in MICROVM_TOKEN. A body is JSON, of PATCH a merge "
          "patch, "
          "unless a field Content-Type says otherwise.\n"
          "The body of the answer is printed: JSON indented on a terminal, everything else, and elsewhere, byte by "
          "byte. "
          "Server-sent events and NDJSON are printed as they come, until interrupted. A refusal is told, and exits, as "
          "that of any command.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
