#include "client/cli/definition_source.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "client/cli/context.hpp"
#include "client/cli/definition/definition_file.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

// The folder that paths in the file are relative to.
std::string folderOf(const std::string& file, const std::string& current) {
  if (file == "-") return current;
  return (std::filesystem::path(current) / file).lexically_normal().parent_path().string();
}

Result<std::string> readDescriptor(int fd) {
  std::string text;
  std::array<char, 65'536> piece;
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return systemError("cannot read standard input", errno);
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kDefinitionCap) return Error{Errc::TooLarge, "a definition is at most 2 MiB", {}, {}};
  }
}

// A local file that cannot be read is none of the daemon's failures: its code must not read as "no such VM".
Error localFailure(Error error) {
  if (error.code != Errc::TooLarge) error.code = Errc::Usage;
  return error;
}

// "web.yaml:3:7: what is wrong", or without a place "web.yaml: what is wrong".
Error unreadable(Error error, const std::string& file) {
  const bool hasPlace = !error.detail.empty() && error.detail.front() >= '0' && error.detail.front() <= '9';
  error.detail = fmt::format("{}:{}{}", file, hasPlace ? "" : " ", error.detail);
  return error;
}

}  // namespace

PathBase pathBase(const Context& context) {
  std::error_code failed;
  return {std::filesystem::current_path(failed).string(), context.environment()("HOME").value_or("/")};
}

Result<std::string> readSource(const std::string& file, Context& context) {
  auto text = file == "-" ? readDescriptor(context.in()) : readFile(file, kDefinitionCap);
  if (!text) return localFailure(std::move(text).error());
  return text;
}

Result<Json> readDefinition(const std::string& file, Context& context, const PathBase& base) {
  auto text = readSource(file, context);
  if (!text) return std::move(text).error();
  auto definition = parseDefinition(*text, file);
  if (!definition) return unreadable(std::move(definition).error(), file == "-" ? "standard input" : file);
  resolvePaths(*definition, folderOf(file, base.folder), base.home);
  return definition;
}

}  // namespace microvm::cli
