#include "api/core/run_folder.hpp"

#include <fmt/format.h>

namespace microvm {

Result<void> checkRunFolder(const std::string& runFolder) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
  if (runFolder.size() > kLongestRunFolder) {
    return Error{
        Errc::Invalid,
        fmt::format("the run folder {} is {} bytes too long: the sockets below it would not fit a socket address",
                    runFolder, runFolder.size() - kLongestRunFolder),
        "choose a shorter one with --run-dir",
        {}};
  }
  if (runFolder.find_first_not_of(kPlain) != std::string::npos) {
    return Error{
        Errc::Invalid,
        fmt::format("the run folder {} has a character that runners misread; only A-Z a-z 0-9 . _ / - are safe",
                    runFolder),
        "choose another one with --run-dir",
        {}};
  }
  return {};
}

std::optional<std::string> firstRunFolder(const std::vector<std::string>& folders) {
  for (const auto& each : folders) {
    if (each.starts_with('/') && checkRunFolder(each)) return each;
  }
  return std::nullopt;
}

}  // namespace microvm
