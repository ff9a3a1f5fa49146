#include "client/cli/doctor/examination.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <stdexcept>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/file.hpp"
#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;

namespace {

std::vector<std::string> idsOf(const std::vector<Diagnosis>& diagnoses) {
  std::vector<std::string> ids;
  for (const auto& each : diagnoses)
    ids.emplace_back(each.check->id);
  return ids;
}

const Check& checkOf(std::string_view id) {
  for (const Check& check : checks())
    if (check.id == id) return check;
  throw std::runtime_error("no such check");
}

Diagnosis found(std::string_view id, Level level, const std::string& fix = {}) {
  return {&checkOf(id), {level, std::string(id) + " is so", "It matters.", fix}};
}

std::string_view nameOf(Where where) {
  switch (where) {
    case Where::Everywhere:
      return "both";
    case Where::Linux:
      return "Linux";
    case Where::MacOs:
      return "macOS";
  }
  return {};
}

std::string documentOf(std::span<const Check> all) {
  std::string text;
  for (const Check& check : all)
    text += fmt::format("| `{}` | {} | {} | {} |\n", check.id, nameOf(check.where), check.title, check.why);
  return text;
}

}  // namespace

TEST_CASE("a healthy host is well in every check, on both systems") {
  for (const auto& host : {goodLinux(), goodMac()}) {
    const auto diagnoses = examine(host, goodSubject(host.platform()));

    for (const auto& each : diagnoses)
      CHECK_MESSAGE(each.finding.level == Level::Ok, each.check->id, " ", textOf(each.finding));
    CHECK(worst(diagnoses) == Level::Ok);
  }
}

TEST_CASE("each system has its checks and those of both") {
  const auto linux = idsOf(examine(goodLinux(), goodSubject(Platform::Linux)));
  const auto mac = idsOf(examine(goodMac(), goodSubject(Platform::MacOs)));

  const auto has = [](const std::vector<std::string>& ids, const char* id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  CHECK(has(linux, "runner"));
  CHECK(has(mac, "runner"));
  CHECK(has(linux, "kvm"));
  CHECK_FALSE(has(mac, "kvm"));
  CHECK(has(mac, "entitlement"));
  CHECK_FALSE(has(linux, "entitlement"));
}

TEST_CASE("a host with nothing at all is examined without a fault") {
  PaperHost host;
  host.files.clear();
  for (const auto platform : {Platform::Linux, Platform::MacOs}) {
    host.system = platform;
    const Error unreachable{Errc::Unreachable, "cannot reach the daemon", {}, {}};
    for (const auto& each : examine(host, survey(host, "0.1.0", "/nowhere/api.sock", unreachable)))
      CHECK_MESSAGE(!each.finding.finding.empty(), each.check->id);
  }
}

TEST_CASE("ids are unique, and every row says what and why") {
  std::set<std::string_view> ids;
  for (const Check& check : checks()) {
    CHECK(ids.insert(check.id).second);
    CHECK_FALSE(check.title.empty());
    CHECK_FALSE(check.why.empty());
    const bool canLook = check.examine != nullptr;
    CHECK(canLook);
  }
}

TEST_CASE("the worst of all decides") {
  CHECK(worst({}) == Level::Ok);
  CHECK(worst({found("kvm", Level::Warning), found("runner", Level::Error), found("qemu", Level::Ok)}) == Level::Error);
}

TEST_CASE("a cause is what the failure's words point to, before what stops every start") {
  const std::vector<Diagnosis> diagnoses{found("runner", Level::Error), found("entitlement", Level::Error),
                                         found("kvm", Level::Warning), found("vsock", Level::Info, "modprobe it")};

  CHECK(likelyCause(diagnoses, "Error Domain=VZErrorDomain: no ENTITLEMENT")->check->id == "entitlement");
  CHECK(likelyCause(diagnoses, "the runner did not report a running guest within 15s")->check->id == "kvm");
  CHECK(likelyCause(diagnoses, "cannot open vsock")->check->id == "vsock");
  CHECK(likelyCause(diagnoses, "something else")->check->id == "runner");
}

TEST_CASE("nothing is blamed that is well, or that the failure has nothing to do with") {
  CHECK(likelyCause({}, "no entitlement") == nullptr);
  CHECK(likelyCause({found("entitlement", Level::Ok), found("runner", Level::Ok)}, "no entitlement") == nullptr);
  CHECK(likelyCause({found("kvm", Level::Warning), found("leases", Level::Error)}, "something else") == nullptr);
  CHECK(likelyCause({found("local-network", Level::Info)}, "no route to host") == nullptr);
}

TEST_CASE("a program gets every member, null where there is nothing") {
  const auto json = toJson({&checkOf("kvm"), {Level::Ok, "a guest ran", {}, {}}});

  CHECK(json.dump() == nlohmann::ordered_json{{"id", "kvm"},
                                              {"status", "ok"},
                                              {"title", checkOf("kvm").title},
                                              {"finding", "a guest ran"},
                                              {"reason", nullptr},
                                              {"fix", nullptr}}
                           .dump());
}

TEST_CASE("people get lines that fit, and commands in one piece") {
  const std::vector<Diagnosis> diagnoses{
      {&checkOf("kvm"), {Level::Ok, "a guest ran under it", {}, {}}},
      {&checkOf("disk-space"),
       {Level::Warning, "/state has 900 MiB free, which is rather little for so many consoles", "They need it.",
        "du -xh --max-depth=2 /a/very/long/path/that/does/not/fit/into/the/line | sort -h"}}};

  CHECK(toText(diagnoses, 60, Colour::Off) ==
        "ok       kvm         a guest ran under it\n"
        "warning  disk-space  /state has 900 MiB free, which is\n"
        "                     rather little for so many consoles\n"
        "                     They need it.\n"
        "                     Try: du -xh --max-depth=2 /a/very/long/path/that/does/not/fit/into/the/line | sort -h\n");
  CHECK(toText(diagnoses, 60, Colour::On).starts_with("\x1b[32mok     \x1b[0m  kvm"));
}

TEST_CASE("the summary counts") {
  CHECK(summary({found("kvm", Level::Ok), found("qemu", Level::Ok), found("runner", Level::Error)}) ==
        "3 checks: 2 ok, 1 error");
  CHECK(summary({found("kvm", Level::Warning), found("qemu", Level::Warning), found("vsock", Level::Info)}) ==
        "3 checks: 1 info, 2 warnings");
}

TEST_CASE("the documentation has a row for every check") {
  const char* const root = std::getenv("MICROVM_SOURCE");
  const std::string path = std::string(root == nullptr ? "." : root) + "/docs/doctor.md";
  const std::string text = readFile(path, 1 << 16).value_or("");
  constexpr std::string_view kBegin = "| check | on | what is looked at | why |\n|---|---|---|---|\n";
  const auto begin = text.find(kBegin);
  REQUIRE(begin != std::string::npos);
  CHECK(text.find(kBegin, begin + 1) == std::string::npos);
  CHECK(text.starts_with("# "));
  CHECK(text.find("\n# ") == std::string::npos);
  const auto rows = begin + kBegin.size();
  const auto end = text.find("\n\n", rows - 1);  // a table without a row ends with its head
  REQUIRE(end != std::string::npos);
  const std::string wanted = text.substr(0, rows) + documentOf(checks()) + text.substr(end + 1);
  if (std::getenv("MICROVM_REGENERATE") != nullptr) REQUIRE(writeFileAtomically(path, wanted).has_value());

  const bool isSame = readFile(path, 1 << 16).value_or("") == wanted;

  CHECK_MESSAGE(isSame, "docs/doctor.md is stale: run this test with MICROVM_REGENERATE=1");
}
