#include "daemon/domain/definition/readiness.hpp"

#include <array>

namespace microvm {
namespace {

constexpr Milliseconds kVsockTimeout{3'000};

struct Names {
  std::string_view member;
  std::string_view condition;
};
constexpr std::array<Names, std::variant_size_v<Sign>> kNames{
    {{"runner", "Runner"}, {"console", "Console"}, {"vsock", "Vsock"}, {"tcp", "Tcp"}, {"http", "Http"}}};

}  // namespace

ProbeTiming usualTiming(const Sign& sign) {
  ProbeTiming timing;
  if (std::holds_alternative<VsockSign>(sign)) timing.timeout = kVsockTimeout;
  return timing;
}

std::string_view memberOf(const Sign& sign) {
  return kNames.at(sign.index()).member;
}

std::string_view conditionOf(const Sign& sign) {
  return kNames.at(sign.index()).condition;
}

}  // namespace microvm
