#include "client/cli/commands/console/log_sources.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

constexpr std::uint64_t kPage = 1000;

using Lines = std::vector<std::string>;

Result<Lines> runnerLines(Context& context, const LogSourceQuery& query) {
  const auto text = context.client().getRunnerLog(query.vm);
  if (!text) return text.error();
  Lines lines;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

/// What the daemon did is what it wrote down: the VM's events.
Result<Lines> daemonLines(Context& context, const LogSourceQuery& query) {
  Lines lines;
  client::EventQuery page{.after = {}, .limit = kPage, .vm = query.vm};
  while (true) {
    const auto events = context.client().listEvents(page);
    if (!events) return events.error();
    const auto items = events->value("items", client::Json::array());
    for (const auto& event : items) {
      page.after = event.value("sequence", std::uint64_t{0});
      const auto at = parseTimestamp(textAt(event, "/at"));
      if (at && ((query.since && *at < *query.since) || (query.until && *at > *query.until))) continue;
      const auto detail = textAt(event, "/detail");
      lines.push_back(fmt::format("{} {} by {}{}{}", textAt(event, "/at"), textAt(event, "/type"),
                                  textAt(event, "/cause"), detail.empty() ? "" : ": ", detail));
    }
    if (items.size() < kPage) return lines;
  }
}

/// The options given that this source has no use for.
std::string misfits(const Arguments& arguments, bool hasTimes) {
  std::string found;
  for (const std::string_view name : {"follow", "tail", "offset", "boot", "previous", "timestamps", "since", "until"}) {
    const bool isTime = name == "since" || name == "until";
    if (arguments.has(name) && !(isTime && hasTimes)) found += fmt::format("{}--{}", found.empty() ? "" : ", ", name);
  }
  return found;
}

}  // namespace

ExitCode printOtherSource(Context& context, const Arguments& arguments, const LogSourceQuery& query,
                          std::optional<Pattern> grep) {
  const auto source = arguments.text("source").value_or("");
  if (const auto found = misfits(arguments, source == "daemon"); !found.empty()) {
    return context.fail("", Error{Errc::Usage,
                                  fmt::format("--source {} does not go with {}", source, found),
                                  source == "runner" ? "it knows no times and no boots: --lines and --grep narrow it"
                                                     : "--lines, --grep, --since and --until narrow it",
                                  {}});
  }
  auto lines = source == "runner" ? runnerLines(context, query) : daemonLines(context, query);
  if (!lines) return context.fail(fmt::format("cannot read the log of \"{}\"", query.vm), lines.error());
  if (grep) {
    std::erase_if(*lines, [&](const std::string& line) {
      grep->clear();
      return !grep->feed(line);
    });
  }
  const auto count = std::min<std::uint64_t>(query.lines.value_or(lines->size()), lines->size());
  for (auto line = lines->end() - static_cast<std::ptrdiff_t>(count); line != lines->end(); ++line)
    context.out().write(*line + "\n");
  return ExitCode::Ok;
}

}  // namespace microvm::cli
