#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/commands/offline/judgement.hpp"
#include "client/cli/commands/offline/offline_commands.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    kRunnerOption,  kHostOption,
    kVersionOption, Option{"-o,--output,--format", "FORMAT", "json: the findings on standard output"},
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl validate web.yaml", "for this host"},
    Example{"microvmctl validate --host darwin-arm64 vms/*.yaml", "definitions for a Mac, checked on any host"},
    Example{"microvmctl validate --runner vfkit --host darwin-arm64 --runner-version 0.6.1 web.yaml",
            "for an older vfkit"},
};

Json fieldsToJson(const std::vector<FieldError>& fields) {
  Json json = Json::array();
  for (const FieldError& field : fields)
    json.push_back(Json{{"pointer", field.pointer}, {"detail", field.detail}});
  return json;
}

void printJson(Context& context, const std::string& file, const Judgement& judgement) {
  Json json;
  json["file"] = file;
  json["valid"] = judgement.findings.errors.empty();
  json["runner"] = toText(judgement.target.runner);
  json["version"] = formatVersion(judgement.target.version);
  json["host"] = formatHost(judgement.target.host);
  json["errors"] = fieldsToJson(judgement.findings.errors);
  json["warnings"] = fieldsToJson(judgement.findings.warnings);
  context.out().write(json.dump(context.format() == Format::Json ? 2 : -1) + "\n");
}

ExitCode validateOne(Context& context, const std::string& file, const Arguments& arguments) {
  const auto judgement = judgeFile(file, context, arguments);
  if (!judgement) {
    (void)context.fail(fmt::format("cannot use {}", file), judgement.error());
    return ExitCode::Usage;
  }
  const auto& errors = judgement->findings.errors;
  const bool asJson = context.format() == Format::Json || context.format() == Format::JsonLines;
  if (asJson) {
    printJson(context, file, *judgement);
  } else {
    noteWarnings(context, file, judgement->findings.warnings);
    if (!errors.empty()) {
      (void)context.fail(fmt::format("{} cannot be used with {}", file, describe(judgement->target)),
                         invalidMembers(errors));
    } else {
      context.note(fmt::format("{}: can be used with {}", file, describe(judgement->target)));
    }
  }
  return errors.empty() ? ExitCode::Ok : ExitCode::Usage;
}

ExitCode run(Context& context, const Arguments& arguments) {
  ExitCode worst = ExitCode::Ok;
  for (const std::string& file : arguments.operands())
    worst = worse(worst, validateOne(context, file, arguments));
  return worst;
}

}  // namespace

const Command& validateCommand() {
  static constexpr Command kCommand{
      .name = "validate",
      .group = "Definitions",
      .summary = "check definition files, without a daemon",
      .operands = "FILE...",
      .leastOperands = 1,
      .mostOperands = kAnyNumber,
      .description =
          "Checks all that can be checked without the host's files: form, values, and what the runner can do. Exits "
          "with 0, or with 2 after telling every error with its JSON pointer. - reads standard input.\n"
          "What create adds to this is a look at the files that the definition names, and at the runner that is "
          "installed.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
      .isOffline = true,
  };
  return kCommand;
}

}  // namespace microvm::cli
