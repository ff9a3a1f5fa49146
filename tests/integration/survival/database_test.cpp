// The database lost, damaged, restored: every definition comes back, and what was there is kept.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/daemon.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/vm_answers.hpp"

using namespace microvm::test;
namespace fs = std::filesystem;

namespace {

std::string database(const Daemon& daemon) {
  return daemon.stateFolder() + "/microvm.db";
}

std::string recordOf(const Daemon& daemon, const Json& vm) {
  return daemon.stateFolderOf(vm.at("metadata").at("id")) + "/vm.json";
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << text;
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The only event of this type.
Json onlyEvent(const Daemon& daemon, const std::string& type) {
  std::vector<Json> found;
  const auto events = daemon.api().get("/v1/events?limit=1000").json();
  for (const auto& event : events.at("items")) {
    if (event.at("type") == type) found.push_back(event);
  }
  REQUIRE(found.size() == 1);
  return found.front();
}

std::uint64_t lastEvent(const Daemon& daemon) {
  return daemon.api().get("/v1/events?limit=1000").json().at("items").back().at("sequence");
}

std::vector<std::string> filesBeside(const std::string& path, const std::string& word) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(path).parent_path())) {
    if (mentions(entry.path().filename(), word)) found.push_back(entry.path());
  }
  return found;
}

ProgramResult ctl(const Daemon& daemon, std::vector<std::string> words) {
  Program::Options options;
  const auto folder = fs::path(builtProgram("microvmd")).parent_path().string();
  options.environment = {"MICROVM_HOST=unix://" + daemon.api().socket(),
                         "XDG_RUNTIME_DIR=" + (daemon.folder() / "xdg")};
  words.insert(words.begin(), {"-c", "PATH=" + folder + ":$PATH exec microvmctl \"$@\"", "sh"});
  return runProgram("/bin/sh", std::move(words), options);
}

/// For commands that microvmd itself does, on the daemon's folders.
ProgramResult offline(const Daemon& daemon, std::vector<std::string> words) {
  words.insert(words.end(), {"--state-dir", daemon.stateFolder(), "--run-dir", daemon.runFolder()});
  return runProgram(builtProgram("microvmd"), std::move(words));
}

}  // namespace

TEST_CASE("a lost or damaged database is made anew from the vm.json files, loudly, and nothing is thrown away") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", {{"stop", {{"timeout", "300ms"}}}, {"memory", "128MiB"}});
  const auto db = daemon.create("db");
  const auto before = lastEvent(daemon);
  daemon.kill9();
  const char* word = "damaged";

  SUBCASE("deleted with its companions") {
    for (const auto* ending : {"", "-wal", "-shm"})
      fs::remove(database(daemon) + ending);
    word = "";
  }
  SUBCASE("deleted without its log") {
    fs::remove(database(daemon));
    word = "lost";
  }
  SUBCASE("emptied") {
    write(database(daemon), "");
    word = "lost";
  }
  SUBCASE("overwritten") {
    write(database(daemon), std::string(50'000, 'x'));
  }
  SUBCASE("cut off") {
    fs::remove(database(daemon) + "-wal");
    fs::resize_file(database(daemon), 5'000);
  }
  SUBCASE("with a page of garbage") {
    fs::remove(database(daemon) + "-wal");
    std::fstream file(database(daemon), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(8192, '\x5a');
  }
  daemon.start();

  const auto after = daemon.api().waitFor("web", "running");
  CHECK(after.at("metadata").at("id") == web.at("metadata").at("id"));
  CHECK(after.at("metadata").at("createdAt") == web.at("metadata").at("createdAt"));
  CHECK(after.at("spec") == web.at("spec"));
  CHECK(after.at("status").at("state") == "running");
  CHECK(after.at("status").at("desired") == "running");
  CHECK(after.at("status").at("runnerPid") == web.at("status").at("runnerPid"));
  CHECK(daemon.api().vm("db").at("spec") == db.at("spec"));
  CHECK(daemon.api().state("db") == "stopped");
  CHECK(mentions(onlyEvent(daemon, "store.rebuilt").at("detail"), "2 VMs are taken from their vm.json files"));
  CHECK(onlyEvent(daemon, "store.rebuilt").at("sequence") > before);
  if (*word != '\0') CHECK_FALSE(filesBeside(database(daemon), word).empty());
  CHECK(daemon.api().get("/v1/system/verify").json().at("findings").empty());
}

TEST_CASE("a vm.json that cannot be read is one broken VM, which can be repaired or deleted") {
  Daemon daemon;
  const auto web = daemon.create("web");
  daemon.create("db");
  const auto text = readText(recordOf(daemon, web));
  daemon.kill9();
  fs::remove(database(daemon));
  fs::remove(database(daemon) + "-wal");
  write(recordOf(daemon, web), text.substr(0, text.size() / 2));

  daemon.start();

  const std::string id = web.at("metadata").at("id");
  CHECK(daemon.api().state(id) == "broken");
  CHECK(mentions(daemon.api().vm(id).at("status").at("reason"), "vm.json cannot be read"));
  CHECK(daemon.api().state("db") == "stopped");
  CHECK(daemon.api().post("/v1/vms/" + id + "/start").status == 409);
  SUBCASE("repaired") {
    daemon.terminate();
    write(recordOf(daemon, web), text);
    daemon.start();
    CHECK(daemon.api().vm("web").at("spec") == web.at("spec"));
  }
  SUBCASE("deleted") {
    CHECK(daemon.api().remove("/v1/vms/" + id).status == 204);
    CHECK_FALSE(fs::exists(daemon.stateFolderOf(id)));
    CHECK(daemon.api().state("db") == "stopped");
  }
}

TEST_CASE("a folder that a create left behind is taken up, one that a delete left behind is cleared") {
  Daemon daemon;
  const auto web = daemon.create("web");
  const auto db = daemon.create("db");
  const auto record = readText(recordOf(daemon, web));
  const auto webFolder = daemon.stateFolderOf(web.at("metadata").at("id"));
  const auto dbFolder = daemon.stateFolderOf(db.at("metadata").at("id"));
  fs::copy(dbFolder, daemon.folder() / "db", fs::copy_options::recursive);
  CHECK(daemon.api().remove("/v1/vms/web").status == 204);
  CHECK(daemon.api().remove("/v1/vms/db").status == 204);
  daemon.kill9();
  fs::create_directories(webFolder + "/console");
  write(webFolder + "/vm.json", record);  // as if its row had not come about
  fs::copy(daemon.folder() / "db", dbFolder, fs::copy_options::recursive);
  fs::rename(dbFolder + "/vm.json", dbFolder + "/deleted.json");  // as if only its row were gone
  fs::create_directories(daemon.stateFolder() + "/vms/01939f3e-7d6c-7aaa-8bbb-0123456789ab");

  daemon.start();

  CHECK(daemon.api().vm("web").at("spec") == web.at("spec"));
  CHECK(onlyEvent(daemon, "vm.recovered").at("vm").at("name") == "web");
  CHECK(daemon.api().get("/v1/vms").json().at("items").size() == 1);
  CHECK_FALSE(fs::exists(dbFolder));
  CHECK_FALSE(fs::exists(daemon.stateFolder() + "/vms/01939f3e-7d6c-7aaa-8bbb-0123456789ab"));
}

TEST_CASE("a database that is taken from under a running daemon is told, not written to") {
  Daemon daemon;
  daemon.create("web");
  CHECK(daemon.api().get("/readyz").status == 200);
  SUBCASE("removed") {
    for (const auto* ending : {"", "-wal", "-shm"})
      fs::remove(database(daemon) + ending);
  }
  SUBCASE("only its log") {
    fs::remove(database(daemon) + "-wal");
  }
  SUBCASE("replaced") {
    fs::copy_file(database(daemon), database(daemon) + ".copy");
    fs::rename(database(daemon) + ".copy", database(daemon));
  }

  const auto refused = daemon.api().post("/v1/vms", daemon.definition("db"));

  CHECK(refused.status == 503);
  CHECK(mentions(refused.text, "while microvmd has it open"));
  CHECK(mentions(refused.text, "restart microvmd"));
  CHECK(daemon.api().get("/readyz").status == 503);
  CHECK(mentions(daemon.api().get("/v1/system/verify").text, "while microvmd has it open"));
  CHECK(daemon.api().state("web") == "stopped");
  const auto doctor = ctl(daemon, {"doctor", "-o", "json"});
  CHECK(doctor.code == 1);
  CHECK(mentions(doctor.out, "while microvmd has it open"));

  daemon.terminate();
  daemon.start();

  CHECK(daemon.api().state("web") == "stopped");
  CHECK(daemon.api().get("/v1/vms").json().at("items").size() == 1);
  daemon.create("db");
}

TEST_CASE("a vm.json that is missing, empty or garbage is written again at the next start") {
  Daemon daemon;
  const auto web = daemon.create("web");
  const auto record = readText(recordOf(daemon, web));
  daemon.kill9();
  SUBCASE("with its folder") {
    fs::remove_all(daemon.stateFolderOf(web.at("metadata").at("id")));
  }
  SUBCASE("emptied, as by a power cut") {
    write(recordOf(daemon, web), "");
  }
  SUBCASE("garbage") {
    write(recordOf(daemon, web), "garbage");
  }
  SUBCASE("of another definition") {
    write(recordOf(daemon, web), std::string(record).insert(record.find("\"web\"") + 1, "other-"));
  }

  daemon.start();

  CHECK(readText(recordOf(daemon, web)) == record);
}

TEST_CASE("what was created up to the instant of a kill is in the vm.json files too") {
  Daemon daemon;
  for (int i = 0; i < 40; ++i)
    daemon.create("vm" + std::to_string(i));
  daemon.kill9();
  for (const auto* ending : {"", "-wal", "-shm"})
    fs::remove(database(daemon) + ending);

  daemon.start();

  CHECK(daemon.api().get("/v1/vms").json().at("items").size() == 40);
  CHECK(daemon.api().get("/v1/system/verify").json().at("findings").empty());
}

TEST_CASE("a backup is made by a running daemon, checked, and put back after it was stopped") {
  Daemon daemon;
  const auto web = daemon.createRunning("web", kShort);
  const auto file = daemon.folder() / "copy.db";
  const auto made = ctl(daemon, {"system", "backup", file});
  REQUIRE_MESSAGE(made.code == 0, made.err);
  CHECK(mentions(made.out, "1 VMs"));
  CHECK(ctl(daemon, {"system", "backup", file}).code == 5);
  CHECK(ctl(daemon, {"system", "backup"}).code == 0);
  CHECK(fs::exists(daemon.stateFolder() + "/backups"));
  const auto young = daemon.create("young");
  const auto last = lastEvent(daemon);
  const auto busy = ctl(daemon, {"system", "restore", file});
  CHECK(busy.code == 5);
  CHECK(mentions(busy.err, "Stop the daemon"));

  daemon.terminate();
  const auto restored = offline(daemon, {"--restore", file});
  REQUIRE_MESSAGE(restored.code == 0, restored.err);
  CHECK(mentions(restored.out, "restored 1 VMs"));
  CHECK_FALSE(filesBeside(database(daemon), "before-restore").empty());
  daemon.start();

  CHECK(daemon.api().vm("web").at("status").at("runnerPid") == web.at("status").at("runnerPid"));
  CHECK(daemon.api().vm("young").at("spec") == young.at("spec"));  // from its own folder
  CHECK(onlyEvent(daemon, "store.restored").at("sequence") > last);
  CHECK(ctl(daemon, {"system", "verify"}).code == 0);
}

TEST_CASE("a backup that cannot be used is refused and changes nothing") {
  Daemon daemon;
  daemon.create("web");
  daemon.terminate();
  const auto before = readText(database(daemon));
  const auto garbage = daemon.folder().write("garbage", std::string(9'000, 'x'));

  for (const auto& file : {garbage, daemon.folder() / "none", daemon.folder().path()}) {
    CAPTURE(file);
    const auto refused = offline(daemon, {"--restore", file});
    CHECK(refused.code == 1);
    CHECK(mentions(refused.err, file));
    CHECK(mentions(refused.err, "nothing was changed"));
  }

  CHECK(readText(database(daemon)) == before);
  daemon.start();
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("without a daemon microvmd itself backs up and verifies; with one it says who does") {
  Daemon daemon;
  const auto web = daemon.create("web");
  CHECK(mentions(offline(daemon, {"--verify"}).err, "microvmctl system"));
  daemon.terminate();

  CHECK(mentions(offline(daemon, {"--verify"}).out, "1 VMs: all is well"));
  CHECK(offline(daemon, {"--backup", daemon.folder() / "copy.db"}).code == 0);
  CHECK(offline(daemon, {"--backup", daemon.folder() / "copy.db"}).code == 1);
  CHECK(offline(daemon, {"--backup", "a", "--verify"}).code == 2);
  write(recordOf(daemon, web), "{}");
  const auto verified = offline(daemon, {"--verify"});
  CHECK(verified.code == 1);
  CHECK(mentions(verified.err, "VM web: " + recordOf(daemon, web)));
  daemon.start();
}

TEST_CASE("the command line falls back on microvmd where no daemon answers") {
  Daemon daemon;
  daemon.create("web");
  daemon.terminate();
  const auto file = daemon.folder() / "copy.db";

  const auto made = ctl(daemon, {"system", "backup", file, "--state-dir", daemon.stateFolder()});
  const auto verified = ctl(daemon, {"system", "verify", "--state-dir", daemon.stateFolder()});
  const auto restored = ctl(daemon, {"system", "restore", file, "--state-dir", daemon.stateFolder()});

  CHECK_MESSAGE(made.code == 0, made.err);
  CHECK_MESSAGE(verified.code == 0, verified.err);
  CHECK_MESSAGE(restored.code == 0, restored.err);
  CHECK(ctl(daemon, {"system", "dance"}).code == 2);
  daemon.start();
  CHECK(daemon.api().state("web") == "stopped");
}

TEST_CASE("a daemon that was named and is away has nobody else's database touched in its place") {
  Daemon daemon;
  daemon.create("web");
  const auto file = daemon.folder() / "copy.db";
  REQUIRE(ctl(daemon, {"system", "backup", file}).code == 0);
  daemon.terminate();

  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"verify"}, {"restore", file}, {"backup", daemon.folder() / "other.db"}}) {
    std::vector<std::string> line{"system"};
    line.insert(line.end(), words.begin(), words.end());
    CAPTURE(words.front());
    const auto refused = ctl(daemon, line);
    CHECK(refused.code == 3);
    CHECK(mentions(refused.err, "no daemon answers at " + daemon.api().socket() + ", and which state folder it has"));
    CHECK(mentions(refused.err, "--state-dir FOLDER"));

    line.insert(line.end(), {"--host", "https://127.0.0.1:1", "--state-dir", daemon.stateFolder()});
    CHECK(ctl(daemon, line).code == 2);
  }
  CHECK_FALSE(fs::exists(daemon.folder() / "other.db"));
  CHECK(filesBeside(database(daemon), "before-restore").empty());
  CHECK(ctl(daemon, {"system", "verify", "--state-dir", daemon.stateFolder(), "-o", "json"}).code == 2);
}
