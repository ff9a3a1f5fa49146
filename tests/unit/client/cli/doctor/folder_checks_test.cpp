#include "client/cli/doctor/folder_checks.hpp"

#include <doctest/doctest.h>

#include "tests/unit/client/cli/doctor/paper_host.hpp"

using namespace microvm;
using namespace microvm::doctor;

namespace {

const Subject kSubject = goodSubject(Platform::Linux);

PaperHost withState(FileInfo info) {
  PaperHost host = goodLinux();
  host.files["/state"] = info;
  return host;
}

}  // namespace

TEST_CASE("a folder of one's own that is closed to others is well") {
  CHECK(textOf(checkStateFolder(goodLinux(), kSubject)) ==
        "ok: the state folder /state is closed to others (mode 0700)");
  CHECK(textOf(checkRunFolder(goodLinux(), kSubject)) == "ok: the run folder /run/me is closed to others (mode 0700)");
}

TEST_CASE("a folder of somebody else's is an error that names both") {
  const PaperHost host = withState({FileKind::Folder, 0, 0700});
  Subject alone = kSubject;
  alone.daemon.reset();

  CHECK(
      textOf(checkStateFolder(host, alone)) ==
      "error: the state folder /state belongs to user 0, not to user 1000 | microvmd does not work in it. | sudo chown "
      "-R \"$USER\" /state");
  // A daemon that answers has seen to it.
  CHECK(begins(checkStateFolder(host, kSubject), "ok: "));
}

TEST_CASE("a folder that others may write in is an error, one that they may read a warning") {
  CHECK(begins(checkStateFolder(withState({FileKind::Folder, 1000, 0770}), kSubject),
               "error: the state folder /state has mode 0770: others may write in it"));
  const auto readable = checkStateFolder(withState({FileKind::Folder, 1000, 0755}), kSubject);
  CHECK(begins(readable, "warning: the state folder /state has mode 0755: others may read it"));
  CHECK(textOf(readable).ends_with("| chmod 700 /state"));
}

TEST_CASE("a folder that is none, or cannot be written, is an error") {
  CHECK(begins(checkStateFolder(withState({FileKind::Regular, 1000, 0600}), kSubject),
               "error: the state folder /state is no folder"));
  PaperHost host = goodLinux();
  host.forbidden["/state"] = Errc::Permission;
  CHECK(begins(checkStateFolder(host, kSubject), "error: cannot use /state: permission denied"));
}

TEST_CASE("a folder that is not there yet is well where it can be made") {
  Subject subject = kSubject;
  subject.stateFolder = "/home/me/.local/state/microvm";
  PaperHost host = goodLinux();
  CHECK(textOf(checkStateFolder(host, subject)) ==
        "ok: microvmd will make the state folder /home/me/.local/state/microvm");

  host.forbidden["/home/me"] = Errc::Permission;
  CHECK(begins(checkStateFolder(host, subject),
               "error: the state folder /home/me/.local/state/microvm cannot be made: cannot use /home/me"));
}

TEST_CASE("nothing is said of a folder that nobody knows") {
  Subject subject = kSubject;
  subject.stateFolder.clear();

  CHECK(textOf(checkStateFolder(goodLinux(), subject)) == "nothing");
  CHECK(textOf(checkDiskSpace(goodLinux(), subject)) == "nothing");
}

TEST_CASE("a path with odd characters is fit for a shell in a fix") {
  Subject subject = kSubject;
  subject.stateFolder = "/it's here";
  PaperHost host = goodLinux();
  host.files["/it's here"] = {FileKind::Folder, 1000, 0755};

  CHECK(textOf(checkStateFolder(host, subject)).ends_with("| chmod 700 '/it'\\''s here'"));
}

TEST_CASE("the run folder and the socket have to be short") {
  Subject subject = kSubject;
  CHECK(textOf(checkSocketPaths(goodLinux(), subject)) == "ok: /run/me has 7 bytes, 72 at most");

  subject.runFolder = "/" + std::string(71, 'r');
  CHECK(begins(checkSocketPaths(goodLinux(), subject), "ok: "));
  subject.runFolder += 'r';
  CHECK(textOf(checkSocketPaths(goodLinux(), subject)).find("is 1 bytes too long") != std::string::npos);
  subject.runFolder = "/run/with,comma";
  CHECK(textOf(checkSocketPaths(goodLinux(), subject)).find("misread") != std::string::npos);

  subject = kSubject;
  subject.socket = "/" + std::string(103, 's');
  CHECK(textOf(checkSocketPaths(goodLinux(), subject)).find("has 104 bytes") != std::string::npos);
}

TEST_CASE("space and inodes are enough, low, or gone") {
  PaperHost host = goodLinux();
  CHECK(textOf(checkDiskSpace(host, kSubject)) == "ok: /state has 102400 MiB free");
  host.left = Space{1023ull << 20, 1'000'000};
  CHECK(begins(checkDiskSpace(host, kSubject), "warning: /state has 1023 MiB free"));
  host.left = Space{63ull << 20, 1'000'000};
  CHECK(begins(checkDiskSpace(host, kSubject), "error: /state has 63 MiB free"));
  host.left = Space{100ull << 30, 999};
  CHECK(begins(checkDiskSpace(host, kSubject), "warning: /state has room for 999 more files"));
  host.left = Space{100ull << 30, 0};
  CHECK(begins(checkDiskSpace(host, kSubject), "error: /state has room for 0 more files"));
  host.left = Error{Errc::Io, "cannot ask", {}, {}};
  CHECK(begins(checkDiskSpace(host, kSubject), "info: cannot ask"));
}

TEST_CASE("the daemon's own limit of files counts, or else the one that it would get") {
  PaperHost host = goodLinux();
  CHECK(textOf(checkOpenFiles(host, kSubject)) == "ok: microvmd can have 65536 files open");
  host.texts["/proc/7/limits"] = "Max open files            256    1024   files\n";
  CHECK(begins(checkOpenFiles(host, kSubject), "warning: microvmd can have 256 files open"));

  host.texts.erase("/proc/7/limits");
  CHECK(textOf(checkOpenFiles(host, kSubject)) == "ok: a microvmd started here can have 1048576 files open");
  host.fileLimit = std::uint64_t{256};
  CHECK(textOf(checkOpenFiles(host, kSubject)).find("ulimit -n 8192") != std::string::npos);
  host.system = Platform::MacOs;
  CHECK(textOf(checkOpenFiles(host, kSubject)).find("launchctl limit") != std::string::npos);
}
