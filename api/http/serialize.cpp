// The writing half of api/http/codec.hpp.
#include <algorithm>

#include <fmt/format.h>

#include "api/http/codec.hpp"

namespace microvm::http {
namespace {

/// A value never ends its line, whatever was put into it.
void appendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  out.append(value);
  const auto isEnd = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  std::replace_if(out.begin() + begin, out.end(), isEnd, ' ');
  out.append("\r\n");
}

void appendFields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.all())
    appendField(out, name, value);
}

void appendStatusLine(std::string& out, int status) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, reasonPhrase(status));
}

void appendLength(std::string& out, const Headers& headers, std::size_t length) {
  if (!headers.find("Content-Length")) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", length);
}

void appendClose(std::string& out, const Headers& headers, bool keepAlive) {
  if (!keepAlive && !headers.find("Connection")) out.append("Connection: close\r\n");
}

bool hasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

std::string serialize(const Request& request) {
  std::string out;
  out.reserve(256 + request.body.size());
  out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  if (!request.headers.find("Host")) out.append("Host: localhost\r\n");
  appendFields(out, request.headers);
  bool sendsBody = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (sendsBody || !request.body.empty()) appendLength(out, request.headers, request.body.size());
  appendClose(out, request.headers, request.keepAlive);
  return out.append("\r\n").append(request.body);
}

std::string serialize(Response response) {
  std::string head;
  head.reserve(kHeadRoom);
  appendStatusLine(head, response.status);
  appendFields(head, response.headers);
  if (hasBody(response.status)) appendLength(head, response.headers, response.body.size());
  appendClose(head, response.headers, response.keepAlive);
  head.append("\r\n");
  if (!hasBody(response.status)) return head;
  return std::move(response.body.insert(0, head));
}

std::string serializeHead(const Response& response) {
  std::string out;
  appendStatusLine(out, response.status);
  appendFields(out, response.headers);
  if (response.status != 101) out.append("Transfer-Encoding: chunked\r\n");
  appendClose(out, response.headers, response.keepAlive);
  return out.append("\r\n");
}

std::string serializeChunk(std::string_view data) {
  std::string out;
  out.reserve(data.size() + 16);
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", data.size());
  return out.append(data).append("\r\n");
}

}  // namespace microvm::http
