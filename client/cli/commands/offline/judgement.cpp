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

Result<RunnerTarget> targetOf(const Definition& definition, const Arguments& arguments) {
  Host host = thisHost();
  if (const auto text = arguments.text("host")) {
    auto parsed = parseHost(*text);
    if (!parsed) return std::move(parsed).error();
    host = *parsed;
  }
  RunnerKind runner = definition.runner;
  if (const auto text = arguments.text("runner")) {
    auto parsed = parseRunner(*text);
    if (!parsed) return std::move(parsed).error();
    if (*parsed != RunnerKind::Auto) runner = *parsed;
  }
  RunnerTarget target = usualTarget(runner, host);
  if (const auto text = arguments.text("runner-version")) {
    const auto version = parseVersion(*text);
    if (!version) {
      return Error{Errc::Usage, fmt::format("{} is not a version; write it as 0.6.4", inQuotes(*text)), {}, {}};
    }
    target.version = *version;
  }
  return target;
}

}  // namespace

Result<Judgement> judgeFile(const std::string& file, Context& context, const Arguments& arguments) {
  const auto json = readDefinition(file, context, pathBase(context));
  if (!json) return json.error();
  Draft draft = draftFromJson(*json);
  const auto target = targetOf(draft.definition, arguments);
  if (!target) return target.error();
  Judgement judgement{draft.definition, *target, judge(draft, recordOf(*target))};
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
