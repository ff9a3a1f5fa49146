#include "client/cli/doctor/runner_checks.hpp"

#include <charconv>

#include <fmt/format.h>

namespace microvm::doctor {
namespace {

constexpr std::string_view kVersionWords = "vfkit version: ";
/// The first vfkit with the console that every VM gets (virtio-serial,pty).
constexpr Version kOldest{0, 6, 2};
constexpr const char* kUpgrade = "brew upgrade vfkit";
constexpr const char* kReinstall = "brew reinstall vfkit";

std::string firstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string lastWords(const Said& said) {
  const auto line = firstLine(said.err.empty() ? said.out : said.err);
  if (!line.empty()) return line;
  return said.code ? fmt::format("exit code {}", *said.code) : "it was killed by a signal";
}

const char* installHint(const Host& host) {
  return host.platform() == Platform::MacOs ? "brew install vfkit"
                                            : "put vfkit-qemu beside microvmd, or start microvmd with --vfkit-qemu";
}

/// vfkit-qemu keeps vfkit's contract and comes with us: its own version stands in brackets.
std::string ownVersion(std::string_view line) {
  constexpr std::string_view kBefore = "(vfkit-qemu ";
  const auto at = line.find(kBefore);
  if (at == std::string_view::npos) return {};
  const auto rest = line.substr(at + kBefore.size());
  return std::string(rest.substr(0, rest.find(')')));
}

Finding judgeVfkit(const Subject& subject, const std::string& version) {
  const auto parsed = parseVersion(version);
  if (!parsed)
    return {Level::Info,
            fmt::format("{} calls its version \"{}\"", subject.runner, version),
            "It is taken for a new one.",
            {}};
  if (*parsed < kOldest)
    return {
        Level::Error, fmt::format("{} is vfkit {}", subject.runner, version),
        "microvmd needs 0.6.2 or newer: older ones have no pty console and cut a guest's power when they are ended.",
        kUpgrade};
  return {Level::Ok, fmt::format("{} is vfkit {}", subject.runner, version), {}, {}};
}

}  // namespace

std::optional<Version> parseVersion(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version version;
  int* const parts[] = {&version.major, &version.minor, &version.patch};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *parts[i]);
    if (error != std::errc{} || *parts[i] < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return version;
}

std::optional<Finding> checkRunner(const Host& host, const Subject& subject) {
  if (subject.runner.empty())
    return Finding{Level::Error, subject.runnerProblem, "It is the program that runs a VM; without it none starts.",
                   installHint(host)};
  if (const auto usable = host.may(subject.runner, Use::Execute); !usable)
    return Finding{Level::Error, usable.error().detail, "It is the program that runs a VM; without it none starts.",
                   usable.error().code == Errc::Permission ? "chmod +x " + quoted(subject.runner) : installHint(host)};
  return Finding{Level::Ok, fmt::format("VMs run in {}", subject.runner), {}, {}};
}

std::optional<Finding> checkRunnerVersion(const Host& /*host*/, const Subject& subject) {
  if (subject.runner.empty() || (!subject.runnerVersion && subject.versionProblem.empty())) return std::nullopt;
  const std::string reason = "A program that cannot say its version runs no VM either.";
  if (!subject.runnerVersion) return Finding{Level::Error, subject.versionProblem, reason, {}};
  const Said& said = *subject.runnerVersion;
  if (said.code != 0)
    return Finding{Level::Error, fmt::format("{} --version fails: {}", subject.runner, lastWords(said)), reason, {}};
  const auto line = firstLine(said.out);
  if (!line.starts_with(kVersionWords))
    return Finding{Level::Warning,
                   fmt::format("{} --version says \"{}\"", subject.runner, line),
                   "vfkit and vfkit-qemu begin with \"vfkit version:\"; this is some other program.",
                   {}};
  const auto own = ownVersion(line);
  if (own.empty()) return judgeVfkit(subject, line.substr(kVersionWords.size()));
  if (own == subject.clientVersion)
    return Finding{Level::Ok, fmt::format("{} is vfkit-qemu {}", subject.runner, own), {}, {}};
  return Finding{Level::Warning,
                 fmt::format("{} is vfkit-qemu {}, microvmctl is {}", subject.runner, own, subject.clientVersion),
                 "The programs are meant to be of one version.", "install all of them from one package"};
}

std::optional<Finding> checkSignature(const Host& host, const Subject& subject) {
  if (subject.runner.empty()) return std::nullopt;
  const auto said = host.run({"/usr/bin/codesign", "--verify", subject.runner});
  if (!said) return Finding{Level::Info, "the signature is not known: " + said.error().detail, {}, {}};
  if (said->code == 0) return Finding{Level::Ok, fmt::format("{} is signed", subject.runner), {}, {}};
  return Finding{Level::Error, lastWords(*said),
                 "Apple Silicon kills a program without a valid signature, and an entitlement is a part of it.",
                 kReinstall};
}

bool grants(std::string_view entitlements, std::string_view name) {
  const auto key = fmt::format("<key>{}</key>", name);
  const auto at = entitlements.find(key);
  if (at == std::string_view::npos) return false;
  const auto rest = entitlements.substr(at + key.size());
  const auto value = rest.find_first_not_of(" \t\r\n");
  return value != std::string_view::npos && rest.substr(value).starts_with("<true/>");
}

std::optional<Finding> checkEntitlement(const Host& host, const Subject& subject) {
  constexpr std::string_view kName = "com.apple.security.virtualization";
  if (subject.runner.empty()) return std::nullopt;
  const auto said = host.run({"/usr/bin/codesign", "--display", "--entitlements", "-", "--xml", subject.runner});
  if (!said) return Finding{Level::Info, "the entitlements are not known: " + said.error().detail, {}, {}};
  if (grants(said->out, kName)) return Finding{Level::Ok, fmt::format("{} has {}", subject.runner, kName), {}, {}};
  return Finding{Level::Error, fmt::format("{} lacks the entitlement {}", subject.runner, kName),
                 "Without it macOS refuses to make a virtual machine.", kReinstall};
}

std::optional<Finding> checkQuarantine(const Host& host, const Subject& subject) {
  constexpr const char* kAttribute = "com.apple.quarantine";
  if (subject.runner.empty()) return std::nullopt;
  const auto said = host.run({"/usr/bin/xattr", "-p", kAttribute, subject.runner});
  if (!said) return Finding{Level::Info, "the quarantine is not known: " + said.error().detail, {}, {}};
  if (said->code != 0) return Finding{Level::Ok, fmt::format("{} is not quarantined", subject.runner), {}, {}};
  return Finding{Level::Error, fmt::format("{} is quarantined ({})", subject.runner, firstLine(said->out)),
                 "macOS does not run a downloaded program that it cannot verify, and asks nobody in the background.",
                 fmt::format("xattr -d {} {}", kAttribute, quoted(subject.runner))};
}

}  // namespace microvm::doctor
