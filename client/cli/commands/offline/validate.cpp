#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/commands/offline/judgement.hpp"
#include "client/cli/commands/offline/offline_commands.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    kRunnerOption,
    kHostOption,
    kVersionOption,
    Option{"-o,--output,--format", "FORMAT", "{}: the findings on standard output", Takes::OneValue, "json,jsonl"},
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

void printJson(Context& context, const std::string& file, const RunnerTarget& target, const Findings& findings) {
  Json json;
  json["file"] = file;
  json["valid"] = findings.errors.empty();
  json["runner"] = toText(target.runner);
  json["version"] = formatVersion(target.version);
  json["host"] = formatHost(target.host);
  json["errors"] = fieldsToJson(findings.errors);
  json["warnings"] = fieldsToJson(findings.warnings);
  context.writeJson(json);
}

/// A file that cannot be read, as an error of the whole document.
Findings findingsOf(const Error& error) {
  Findings findings;
  findings.errors.push_back({"", error.hint.empty() ? error.detail : error.detail + "; " + error.hint});
  return findings;
}

void tell(Context& context, const std::string& file, const Judgement& judgement) {
  noteWarnings(context, file, judgement.findings.warnings);
  const std::string target = describe(judgement.target);
  if (judgement.findings.errors.empty()) return context.note(fmt::format("{}: can be used with {}", file, target));
  (void)context.fail(fmt::format("{} cannot be used with {}", file, target), invalidMembers(judgement.findings.errors));
}

/// `usual` stands for the target of a file that names none.
ExitCode validateOne(Context& context, const std::string& file, const Arguments& arguments, const RunnerTarget& usual) {
  const auto judgement = judgeFile(file, context, arguments);
  if (context.wantsJson()) {
    printJson(context, file, judgement ? judgement->target : usual,
              judgement ? judgement->findings : findingsOf(judgement.error()));
  } else if (judgement) {
    tell(context, file, *judgement);
  } else {
    (void)context.fail(fmt::format("cannot use {}", file), judgement.error());
  }
  return judgement && judgement->findings.errors.empty() ? ExitCode::Ok : ExitCode::Usage;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto usual = targetOf(RunnerKind::Auto, arguments);
  if (!usual) return context.fail("", usual.error());
  noteHost(context, arguments, *usual);
  ExitCode worst = ExitCode::Ok;
  for (const std::string& file : arguments.operands())
    worst = worse(worst, validateOne(context, file, arguments, *usual));
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
          "with 0, or with 2 after telling every error with its JSON pointer, or why a file cannot be read. - reads "
          "standard input. As JSON every file has an object of one shape; a file that cannot be read has one "
          "error "
          "with an empty pointer.\n"
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
