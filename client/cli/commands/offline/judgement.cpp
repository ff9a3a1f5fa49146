#include "client/cli/commands/offline/judgement.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "client/cli/definition_source.hpp"
#include "daemon/runner/vfkit/encoder/encoder.hpp"
#include "daemon/runner/vfkit/encoder/stand_in.hpp"
#include "daemon/wire/definition_json.hpp"

namespace microvm::cli {
namespace {

constexpr RunnerVersion kOldestVfkit{0, 6, 0};
constexpr RunnerVersion kOldestKrunkit{1, 0, 0};
constexpr Host kUsualMac{HostSystem::Macos, Architecture::Arm64};

bool runsOn(const Host& host, RunnerKind runner) {
  return recordOf(usualTarget(runner, host)).at(Feature::Host).support == Support::Yes;
}

/// The one that is named; otherwise this one, unless the runner that is named does not run here.
Result<Host> hostOf(const Arguments& arguments, RunnerKind named) {
  if (const auto text = arguments.text("host")) return parseHost(*text);
  const Host here = thisHost();
  return named == RunnerKind::Auto || runsOn(here, named) ? here : kUsualMac;
}

/// N.N.N, with a "v" in front or without.
Result<RunnerVersion> versionOf(const std::string& text, RunnerKind runner) {
  const auto version = parseVersion(text);
  if (!version || formatVersion(*version) != text.substr(text.starts_with('v') ? 1 : 0)) {
    return Error{
        Errc::Usage, fmt::format("--runner-version: {} is not a version; write it as 0.6.4", inQuotes(text)), {}, {}};
  }
  const RunnerVersion oldest = runner == RunnerKind::Krunkit ? kOldestKrunkit : kOldestVfkit;
  if (*version >= oldest) return *version;
  return Error{Errc::Usage,
               fmt::format("--runner-version: {} {} is older than what is known of it; give {} or a newer one",
                           programOf(runner), text, formatVersion(oldest)),
               {},
               {}};
}

}  // namespace

Result<RunnerTarget> targetOf(RunnerKind defined, const Arguments& arguments) {
  RunnerKind named = RunnerKind::Auto;
  if (const auto text = arguments.text("runner")) {
    auto parsed = parseRunner(*text);
    if (!parsed) return std::move(parsed).error();
    named = *parsed;
  }
  const auto host = hostOf(arguments, named);
  if (!host) return host.error();
  RunnerTarget target = usualTarget(named == RunnerKind::Auto ? defined : named, *host);
  if (const auto text = arguments.text("runner-version")) {
    const auto version = versionOf(*text, target.runner);
    if (!version) return version.error();
    target.version = *version;
  }
  return target;
}

void noteHost(Context& context, const Arguments& arguments, const RunnerTarget& target) {
  if (arguments.text("host") || target.host == thisHost()) return;
  context.note(fmt::format("{} does not run on {}, so the host is taken as {}; --host names another",
                           programOf(target.runner), formatHost(thisHost()), formatHost(target.host)));
}

Result<Judgement> judgeFile(const std::string& file, Context& context, const Arguments& arguments) {
  const auto json = readDefinition(file, context, pathBase(context));
  if (!json) return json.error();
  Draft draft = draftFromJson(*json);
  const auto target = targetOf(draft.definition.runner, arguments);
  if (!target) return target.error();
  CapabilityRecord record = recordOf(*target);
  Capability& isHere = record.at(Feature::Host);
  if (!arguments.text("host")) isHere.how += ", or look at it for a Mac with --host " + formatHost(kUsualMac);
  Judgement judgement{draft.definition, *target, judge(draft, record)};
  Definition whole = judgement.definition;
  giveMacs(whole);
  const auto encoded = encodeCommandLine(whole, standInOptions(*target));
  if (!encoded) addUntold(judgement.findings.errors, encoded.error().errors);
  return judgement;
}

std::string describe(const RunnerTarget& target) {
  return fmt::format("{} {} on {}", programOf(target.runner), formatVersion(target.version), formatHost(target.host));
}

void noteWarnings(Context& context, const std::string& file, const std::vector<FieldError>& warnings) {
  for (const FieldError& warning : warnings)
    context.note(fmt::format("{}: warning: {}: {}", file, warning.pointer, warning.detail));
}

}  // namespace microvm::cli
