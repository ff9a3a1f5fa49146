#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "client/cli/arguments.hpp"
#include "client/cli/commands/remote/remote_commands.hpp"
#include "client/cli/context.hpp"
#include "client/cli/output/vm_fields.hpp"

namespace microvm::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kOptions{
    Option{"--scope", "SCOPE[,SCOPE]", "with create: {} (default read)", Takes::ManyValues,
           "read,console,operate,admin"},
    Option{"--lifetime", "TIME", "with create: good for so long (30d); for ever without it"},
    kTableOption,
    kJsonOption,
};

constexpr std::array kExamples{
    Example{"microvmctl token create ci --scope operate --lifetime 30d", "a month of starting and stopping"},
    Example{"microvmctl token list", "which there are, and what for"},
    Example{"microvmctl token revoke ci", "from now on it lets nobody in, and whoever is in by it is put out"},
};

ExitCode create(Context& context, const Arguments& arguments, const std::string& name) {
  const auto scopes = arguments.all("scope");
  Json wanted;
  wanted["name"] = name;
  wanted["scopes"] = scopes.empty() ? "read" : fmt::format("{}", fmt::join(scopes, ","));
  if (const auto lifetime = arguments.text("lifetime")) wanted["lifetime"] = *lifetime;
  const auto made = context.client().createToken(wanted);
  if (!made) return context.fail(fmt::format("cannot make the token \"{}\"", name), made.error());
  if (context.wantsJson()) {
    context.writeJson(*made);
    return ExitCode::Ok;
  }
  context.out().write(textAt(*made, "/token") + "\n");
  context.note(
      "This is the only time that it is shown. Give it to microvmctl in MICROVM_TOKEN, to others as "
      "\"Authorization: Bearer TOKEN\".");
  return ExitCode::Ok;
}

ExitCode list(Context& context) {
  const auto answer = context.client().listTokens();
  if (!answer) return context.fail("cannot list the tokens", answer.error());
  const Json items = answer->value("items", Json::array());
  if (context.format() == Format::Json) {
    context.out().write(items.dump(2) + "\n");
    return ExitCode::Ok;
  }
  Table table({"NAME", "SCOPES", "CREATED", "EXPIRES"});
  for (const Json& token : items) {
    if (context.format() == Format::JsonLines) context.out().write(token.dump() + "\n");
    const auto expires = textAt(token, "/expiresAt");
    table.add({Cell{textAt(token, "/name")}, Cell{textAt(token, "/scopes")}, Cell{textAt(token, "/createdAt")},
               Cell{expires.empty() ? "never" : expires}});
  }
  if (context.format() != Format::JsonLines) context.out().write(table.text(context.colour()));
  return ExitCode::Ok;
}

ExitCode run(Context& context, const Arguments& arguments) {
  const auto& words = arguments.operands();
  if (words.size() == 1 && words.front() == "list") return list(context);
  if (words.size() == 2 && words.front() == "create") return create(context, arguments, words[1]);
  if (words.size() == 2 && words.front() == "revoke") {
    const auto revoked = context.client().revokeToken(words[1]);
    return revoked ? ExitCode::Ok
                   : context.fail(fmt::format("cannot revoke the token \"{}\"", words[1]), revoked.error());
  }
  return context.fail(
      "", Error{Errc::Usage, "token takes create TOKEN-NAME, list or revoke TOKEN-NAME", "microvmctl help token", {}});
}

}  // namespace

const Command& tokenCommand() {
  static constexpr Command kCommand{
      .name = "token",
      .group = "Service",
      .summary = "make, list and revoke what lets clients in over HTTPS",
      .operands = "create TOKEN-NAME | list | revoke TOKEN-NAME",
      .leastOperands = 1,
      .mostOperands = 2,
      .description =
          "A daemon that was started with --listen serves its API over HTTPS to clients with a token. read looks at "
          "everything but consoles; console reads and writes those; operate starts, stops, pauses and kills; admin "
          "does "
          "everything. The daemon keeps only a hash of it. Its own socket and SSH need none.",
      .options = kOptions,
      .examples = kExamples,
      .run = run,
  };
  return kCommand;
}

}  // namespace microvm::cli
