// validate and render as their users type them, in this process.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "client/cli/app.hpp"
#include "client/cli/commands/offline/offline_commands.hpp"
#include "daemon/domain/capabilities/target.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm;
using namespace microvm::cli;
using Json = nlohmann::ordered_json;

namespace {

/// A file that has no name.
class Sheet {
public:
  Sheet() : file_(std::tmpfile()) {}
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;
  ~Sheet() { std::fclose(file_); }

  [[nodiscard]] int fd() const { return ::fileno(file_); }
  void write(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::fflush(file_);
    std::rewind(file_);
  }
  std::string text() {
    std::rewind(file_);
    std::string all;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_))
      all += static_cast<char>(c);
    return all;
  }

private:
  std::FILE* file_;
};

struct Ended {
  ExitCode code = ExitCode::Ok;
  std::string out;
  std::string err;
};

Ended run(const std::vector<std::string>& words, const std::string& input = {}) {
  static const std::array kTable{&validateCommand(), &renderCommand()};
  Sheet in;
  Sheet out;
  Sheet err;
  in.write(input);
  const Environment environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "HOME") return "/home/me";
    return std::nullopt;
  };
  const ExitCode code = runCommandLine(kTable, words, Streams{in.fd(), out.fd(), err.fd()}, environment);
  return {code, out.text(), err.text()};
}

std::string sourcePath(const std::string& path) {
  return std::string(std::getenv("MICROVM_SOURCE")) + "/" + path;
}

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The text of every block that begins with ```yaml.
std::vector<std::string> yamlBlocks(const std::string& page) {
  std::vector<std::string> blocks;
  const std::string fence = "```yaml\n";
  for (auto at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

const std::string kSmall = "name: web\nboot: { linux: { kernel: /k } }\n";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a definition that can be used exits with 0 and says for what") {
  const auto ended = run({"validate", "--host", "darwin-arm64", "-"}, kSmall);

  CHECK(ended.code == ExitCode::Ok);
  CHECK(ended.out.empty());
  CHECK(ended.err == "-: can be used with vfkit 0.6.4 on darwin-arm64\n");
}

TEST_CASE("one that cannot exits with 2 after every error with its pointer") {
  const auto ended = run({"validate", "--host", "darwin-arm64", "-"},
                         "name: Web\nboot: { linux: { kernel: /k } }\ncpus: two\nballoon: true\nuser: me\n"
                         "extraArgs: [--gui]\ncolour: red\n");

  CHECK(ended.code == ExitCode::Usage);
  for (const char* pointer :
       {"/metadata/name", "/spec/cpus", "/spec/balloon", "/spec/user", "/spec/extraArgs/0", "/spec/colour"}) {
    CHECK(has(ended.err, std::string("  ") + pointer + ": "));
  }
}

TEST_CASE("members beside metadata and spec are refused like any other") {
  const auto ended = run({"validate", "--host", "darwin-arm64", "-"},
                         "apiVersion: v9\nkind: VM\ncpus: 64\nmetadata: { name: web, owner: me }\n"
                         "spec: { boot: { linux: { kernel: /k } } }\nstatus: { state: running }\n");

  CHECK(ended.code == ExitCode::Usage);
  for (const char* pointer : {"/apiVersion", "/kind", "/cpus", "/metadata/owner"})
    CHECK(has(ended.err, std::string("  ") + pointer + ": "));
  CHECK_FALSE(has(ended.err, "status"));
}

TEST_CASE("the findings come as JSON for programs") {
  const auto ended = run({"validate", "--runner", "vfkit", "--host", "darwin-amd64", "-o", "json", "-"},
                         kSmall + "rosetta: { enable: true }\nlogLevel: error\n");

  CHECK(ended.code == ExitCode::Usage);
  const auto json = Json::parse(ended.out);
  CHECK(json["valid"] == false);
  CHECK(json["host"] == "darwin-amd64");
  CHECK(json["errors"][0]["pointer"] == "/spec/rosetta");
  CHECK(json["warnings"].size() == 2);
}

TEST_CASE("an older runner can be asked about") {
  const std::string nested = kSmall + "nested: true\n";
  CHECK(run({"validate", "--host", "darwin-arm64", "-"}, nested).code == ExitCode::Ok);
  const auto old = run({"validate", "--host", "darwin-arm64", "--runner-version", "0.6.1", "-"}, nested);
  CHECK(old.code == ExitCode::Usage);
  CHECK(has(old.err, "vfkit has it since version 0.6.2, and this is 0.6.1; update vfkit"));
}

TEST_CASE("a version is three numbers, of a runner that is known") {
  const auto said = [](const std::string& version, const std::string& runner = "vfkit") {
    return run({"validate", "--runner", runner, "--host", "darwin-arm64", "--runner-version", version, "-"}, kSmall);
  };

  for (const char* odd : {"x0.0.1y", "0.6", "0.6.4.1", "0.6.4-rc1", "00.6.4", "0.6.99999999999", " 0.6.4", "latest"}) {
    CAPTURE(odd);
    CHECK(said(odd).code == ExitCode::Usage);
    CHECK(has(said(odd).err, "is not a version; write it as 0.6.4"));
  }
  CHECK(has(said("0.5.1").err,
            "--runner-version: vfkit 0.5.1 is older than what is known of it; give 0.6.0 or a newer one"));
  CHECK(said("v0.6.1").code == ExitCode::Ok);
  CHECK(said("0.6.0").code == ExitCode::Ok);
}

TEST_CASE("a runner of another system is looked at there, and that is said once") {
  const test::TempDir folder;
  std::ofstream(folder.path() + "/a.yaml") << kSmall;
  std::ofstream(folder.path() + "/b.yaml") << kSmall;
  const std::string elsewhere = thisHost().system == HostSystem::Macos ? "qemu" : "vfkit";

  const auto ended = run({"validate", "--runner", elsewhere, folder.path() + "/a.yaml", folder.path() + "/b.yaml"});

  CHECK(ended.code == ExitCode::Ok);
  if (elsewhere == "qemu") return;  // which runs on macOS too
  const std::string note = "so the host is taken as darwin-arm64; --host names another";
  CHECK(has(ended.err, note));
  CHECK(ended.err.find(note) == ended.err.rfind(note));
  CHECK(has(ended.err, "b.yaml: can be used with vfkit 0.6.4 on darwin-arm64"));
  const auto rendered = run({"render", "--runner", "vfkit", "-"}, kSmall);
  CHECK(rendered.code == ExitCode::Ok);
  CHECK(rendered.out.starts_with("vfkit --cpus 1"));
  CHECK(has(rendered.err, note));
}

TEST_CASE("a definition for another system says how to look at it there") {
  if (thisHost().system == HostSystem::Macos) return;
  const auto ended = run({"validate", "-"}, kSmall + "runner: vfkit\n");

  CHECK(ended.code == ExitCode::Usage);
  CHECK(has(ended.err, "use runner qemu, or look at it for a Mac with --host darwin-arm64"));
}

TEST_CASE("as JSON, a file that cannot be read has an entry like the others") {
  const test::TempDir folder;
  std::ofstream(folder.path() + "/a.yaml") << kSmall;
  std::ofstream(folder.path() + "/b.yaml") << "name: [\n";

  const auto ended = run({"validate", "--host", "linux-amd64", "-o", "jsonl", folder.path() + "/a.yaml",
                          folder.path() + "/b.yaml", "/none.yaml"});

  CHECK(ended.code == ExitCode::Usage);
  std::istringstream lines(ended.out);
  std::vector<Json> entries;
  for (std::string line; std::getline(lines, line);)
    entries.push_back(Json::parse(line));
  REQUIRE(entries.size() == 3);
  for (const Json& entry : entries) {
    std::vector<std::string> members;
    for (const auto& member : entry.items())
      members.push_back(member.key());
    CHECK(members == std::vector<std::string>{"file", "valid", "runner", "version", "host", "errors", "warnings"});
    CHECK(entry["valid"] == (entry["file"] == folder.path() + "/a.yaml"));
  }
  CHECK(entries[1]["errors"][0]["pointer"] == "");
  CHECK(has(entries[1]["errors"][0]["detail"], "b.yaml:"));
  CHECK(has(entries[2]["errors"][0]["detail"], "/none.yaml"));
}

TEST_CASE("a run folder that is too long is the option's fault") {
  const std::string folder = "/" + std::string(120, 'r');

  const auto ended = run({"render", "-", "--host", "darwin-arm64", "--run-dir", folder},
                         kSmall + "vsock: [{ port: 22, direction: connect }, { port: 23, direction: listen }]\n");

  CHECK(ended.code == ExitCode::Usage);
  CHECK(has(ended.err,
            "--run-dir: the path has 121 bytes, and the sockets in it would be too long; give one of at "
            "most 74"));
  CHECK_FALSE(has(ended.err, "/spec/vsock"));
}

TEST_CASE("a text's fault has its line, or a blank behind the file's name") {
  CHECK(has(run({"validate", "-"}, "a: 1\n---\nb: 2\n").err, "standard input:2:1: there is more than one document"));
  CHECK(has(run({"validate", "-"}, "").err, "standard input: the text is empty"));
}

TEST_CASE("several files are all looked at") {
  const test::TempDir folder;
  std::ofstream(folder.path() + "/a.yaml") << kSmall;
  std::ofstream(folder.path() + "/b.yaml") << "name: [\n";

  const auto ended =
      run({"validate", "--host", "linux-amd64", folder.path() + "/b.yaml", folder.path() + "/a.yaml", "/none.yaml"});

  CHECK(ended.code == ExitCode::Usage);
  CHECK(has(ended.err, "a.yaml: can be used with vfkit-qemu"));
  CHECK(has(ended.err, "b.yaml:"));
  CHECK(has(ended.err, "cannot use /none.yaml"));
}

TEST_CASE("a file that cannot be read is told as such, and what is wrong in one with its place") {
  const test::TempDir folder;
  const std::string path = folder.path() + "/a.yaml";
  for (const auto* verb : {"validate", "render"}) {
    CHECK(run({verb, "/none.yaml"}).code == ExitCode::Usage);
    CHECK(run({verb, folder.path()}).code == ExitCode::Usage);
    std::ofstream(path) << "";
    CHECK(run({verb, path}).code == ExitCode::Usage);
    CHECK(has(run({verb, path}).err, path + ": "));
    std::ofstream(path) << "name: web\ncpus: ]\n";
    CHECK(has(run({verb, path}).err, path + ":2:"));
  }
}

TEST_CASE("options that make no sense are named") {
  CHECK(has(run({"validate", "--host", "macos", "-"}, kSmall).err, "--host: there is no host \"macos\""));
  CHECK(has(run({"validate", "--runner", "kvm", "-"}, kSmall).err, "--runner: there is no runner \"kvm\""));
  CHECK(run({"render", "--run-dir", "/a b", "-"}, kSmall).code == ExitCode::Usage);
  CHECK(
      has(run({"render", "--state-dir", "rel,x", "-"}, kSmall).err, "--state-dir: \"rel,x\" is not an absolute path"));
  CHECK(has(run({"render", "--program", "", "-"}, kSmall).err, "--program: it is empty"));
  CHECK(run({"validate"}).code == ExitCode::Usage);
}

TEST_CASE("text that explodes or is too long is refused, and nothing grows") {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'j'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ", *" + char(c - 1) + ", *" + char(c - 1) + "]\n";
  CHECK(run({"validate", "-"}, bomb).code == ExitCode::Usage);
  CHECK(has(run({"validate", "-"}, bomb).err, "anchors"));

  std::string deep;
  for (int i = 0; i < 5'000; ++i)
    deep += "[";
  CHECK(run({"validate", "-"}, deep).code == ExitCode::Usage);

  const std::string longText = kSmall + "extraArgs: [" + std::string(3 * 1024 * 1024, 'a') + "]\n";
  CHECK(has(run({"validate", "-"}, longText).err, "2 MiB"));

  std::string many = kSmall + "extraArgs:\n";
  for (int i = 0; i < 30'000; ++i)
    many += "- a\n";
  CHECK(run({"validate", "-"}, many).code == ExitCode::Usage);
}

TEST_CASE("a command line is rendered for a shell, or as a list of strings") {
  const auto shell = run({"render", "-", "--runner", "vfkit", "--host", "darwin-arm64"}, kSmall);
  CHECK(shell.code == ExitCode::Ok);
  CHECK(shell.out.starts_with("vfkit --cpus 1 --memory 512 --log-level info --kernel /k --initrd "));

  const auto json = run({"render", "-", "--runner", "qemu", "--host", "linux-amd64", "-o", "json"}, kSmall);
  const auto words = Json::parse(json.out);
  REQUIRE(words.is_array());
  CHECK(words[0] == "vfkit-qemu");
  CHECK(words[1] == "--cpus");
}

TEST_CASE("nothing is rendered of a definition that cannot be used") {
  const auto ended = run({"render", "-", "--runner", "vfkit", "--host", "linux-amd64"}, kSmall);

  CHECK(ended.code == ExitCode::Usage);
  CHECK(ended.out.empty());
  CHECK(has(ended.err, "/spec/runner: vfkit runs on macOS only, and the host is linux-amd64"));
}

TEST_CASE("the desktop VM of the documentation is rendered as it stands there") {
  const auto ended = run({"render", sourcePath("docs/examples/mac-desktop.yaml"), "--host", "darwin-arm64", "--run-dir",
                          "/tmp/microvm-501/8f3a9c21", "-o", "json"});

  CHECK(ended.code == ExitCode::Ok);
  CHECK(Json::parse(ended.out) == Json::parse(contentOf(sourcePath("docs/examples/mac-desktop.json"))));
}

TEST_CASE("every example of the page about definitions can be used") {
  const auto blocks = yamlBlocks(contentOf(sourcePath("docs/definition.md")));
  CHECK(blocks.size() >= 5);
  for (const std::string& block : blocks) {
    CAPTURE(block);
    // The first line says for which host.
    const std::string host = block.starts_with("# on Linux") ? "linux-amd64" : "darwin-arm64";
    const auto ended = run({"validate", "--host", host, "-"}, block);
    CAPTURE(ended.err);
    CHECK(ended.code == ExitCode::Ok);
  }
}
