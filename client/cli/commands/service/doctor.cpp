#include <array>
#include <cstdint>
#include <sys/ioctl.h>

#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/likely_cause.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/doctor/examination.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl doctor", "what is well here, and what is not"},
    Example{"microvmctl doctor -o json | jq '.[] | select(.status == \"error\")'", "for a program"},
};

constexpr std::size_t kColumns = 100;

std::size_t columnsOf(const Output& out) {
  winsize size{};
  const bool isKnown = out.isTerminal() && ::ioctl(out.fd(), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return isKnown ? size.ws_col : kColumns;
}

std::string dump(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

void print(Context& context, const std::vector<doctor::Diagnosis>& diagnoses) {
  const auto format = context.format().value_or(Format::Table);
  if (format != Format::Json && format != Format::JsonLines) {
    const auto colour = context.colour() == Table::Colour::On ? doctor::Colour::On : doctor::Colour::Off;
    context.out().write(doctor::toText(diagnoses, columnsOf(context.out()), colour));
    context.note(doctor::summary(diagnoses));
    return;
  }
  Json all = Json::array();
  for (const auto& diagnosis : diagnoses)
    all.push_back(doctor::toJson(diagnosis));
  if (format == Format::Json) return context.out().write(dump(all, 2));
  for (const Json& each : all)
    context.out().write(dump(each, -1));
}

ExitCode run(Context& context, const Arguments&) {
  const auto host = doctor::systemHost();
  const auto diagnoses = doctor::examine(*host, surveyFrom(context, *host));
  print(context, diagnoses);
  return doctor::worst(diagnoses) == doctor::Level::Error ? ExitCode::Failed : ExitCode::Ok;
}

}  // namespace

const Command& doctorCommand() {
  static constexpr Command kCommand{
      .name = "doctor",
      .group = "Service",
      .summary = "examine this host: what is wrong, why it matters, what helps",
      .description =
          "Looks at the runner, the folders, the daemon and what this system has for VMs, and changes nothing. Each "
          "check "
          "says ok, info, warning or error, with the reason and the way out. It needs no daemon. The exit code is 1 "
          "when a "
          "check finds an error, else 0.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
