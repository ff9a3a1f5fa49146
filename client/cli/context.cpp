#include "client/cli/context.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/report.hpp"

namespace microvm::cli {

Context::Context(Streams streams, Environment environment, CommandTable table, client::Endpoint daemon, Notes notes)
    : out_(streams.out),
      err_(streams.err),
      in_(streams.in),
      environment_(std::move(environment)),
      table_(table),
      client_(std::move(daemon)),
      notes_(notes) {}

Table::Colour Context::colour() const {
  const bool wanted = out_.isTerminal() && !environment_("NO_COLOR") && environment_("TERM").value_or("dumb") != "dumb";
  return wanted ? Table::Colour::On : Table::Colour::Off;
}

void Context::writeJson(const client::Json& json) {
  out_.write(json.dump(format_ == Format::Json ? 2 : -1, ' ', false, client::Json::error_handler_t::replace) + "\n");
}

void Context::note(std::string_view text) {
  if (!isQuiet()) err_.write(printable(text) + "\n");
}

ExitCode Context::fail(std::string_view what, const Error& error) {
  const Failure failure{error, client_.lastProblem()};
  err_.write(wantsJson() ? problemText(failure) : errorText(what, failure));
  return exitCodeOf(failure);
}

}  // namespace microvm::cli
