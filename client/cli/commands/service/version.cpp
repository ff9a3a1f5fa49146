#include "api/version/version.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/service/service_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl version", "versions of the client and the daemon"},
    Example{"microvmctl version --json | jq -r .server.version", "for a script"},
    Example{"microvmctl version --json | jq -r .socket", "where the daemon listens, for curl --unix-socket"},
};

// The daemon need not be there for its absence to be worth knowing.
ExitCode run(Context& context, const Arguments&) {
  const auto server = context.client().getServer();
  if (context.wantsJson()) {
    const Json versions{{"client", {{"version", version()}}},
                        {"server", server ? *server : Json(nullptr)},
                        {"socket", context.client().socketPath()}};
    context.writeJson(versions);
    return ExitCode::Ok;
  }
  std::string text = fmt::format("client  {}\n", version());
  if (server) {
    text += fmt::format("server  {} (process {})\n", textAt(*server, "/version"), textAt(*server, "/pid"));
  } else {
    text += fmt::format("server  none: {}\n", server.error().detail);
  }
  text += fmt::format("socket  {}\n", context.client().socketPath());
  context.out().write(text);
  return ExitCode::Ok;
}

}  // namespace

const Command& versionCommand() {
  static constexpr Command kCommand{
      .name = "version",
      .group = "Service",
      .summary = "show the versions of client and daemon, and the daemon's socket",
      .description = "Succeeds without a daemon, too; in JSON the server is null then.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
