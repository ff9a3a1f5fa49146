#include "daemon/vfkit_qemu/devices/screen.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/vfkit_qemu/devices/variable.hpp"

using namespace microvm;
using namespace microvm::vfkit_qemu;

namespace {

const Log kQuiet(vfkit::Verbosity::Error);

/// A QEMU that knows these kinds of displays.
std::string makeQemu(const test::TempDir& folder, const std::string& kinds) {
  const auto path = folder.write("qemu", "#!/bin/sh\nprintf 'Available display backend types:\\n" + kinds + "'\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

vfkit::Options withScreen(bool gui, const std::string& socket = "") {
  vfkit::Options options;
  options.gui = gui;
  options.devices = {vfkit::Gpu{}};
  if (!socket.empty()) options.rest = {vfkit::RestKind::Unix, socket, {}, {}};
  return options;
}

}  // namespace

TEST_CASE("a window brings a screen and a keyboard where none was asked for") {
  vfkit::Options options;
  addGuiDevices(options, kQuiet);
  CHECK(options.devices.empty());
  options.gui = true;

  addGuiDevices(options, kQuiet);

  REQUIRE(options.devices.size() == 2);
  CHECK(std::get<vfkit::Gpu>(options.devices[0]).usesGui);
  CHECK(std::get<vfkit::Gpu>(options.devices[0]).width == 800);
  CHECK(std::get<vfkit::Input>(options.devices[1]).kind == "keyboard");
}

TEST_CASE("only the first of many screens gets the window") {
  vfkit::Options options;
  options.gui = true;
  options.devices = {vfkit::Input{"pointing"}, vfkit::Gpu{1, 2}, vfkit::Gpu{3, 4}};

  addGuiDevices(options, kQuiet);

  REQUIRE(options.devices.size() == 3);
  CHECK(std::get<vfkit::Gpu>(options.devices[1]).usesGui);
  CHECK_FALSE(std::get<vfkit::Gpu>(options.devices[2]).usesGui);
}

TEST_CASE("the kind of window is one that this QEMU has") {
  CHECK(windowKind("Available display backend types:\nnone\nsdl\ngtk\ndbus\n") == "gtk");
  CHECK(windowKind("none\nsdl\n") == "sdl");
  CHECK(windowKind("none\nspice-gtk\n").empty());
}

TEST_CASE("a guest without a screen shows nothing") {
  const auto screen = Screen::choose(vfkit::Options{}, "/nonexistent", kQuiet);

  REQUIRE(screen);
  CHECK(screen->display().window.empty());
  CHECK(screen->display().socket.empty());
}

TEST_CASE("a screen is in a window where there is a display, and else at a socket beside the REST socket") {
  const test::TempDir folder;
  const test::Variable wayland("WAYLAND_DISPLAY", "");
  const auto withWindows = makeQemu(folder, "none\\ngtk\\n");
  const auto options = withScreen(true, folder / "rest.sock");
  {
    const test::Variable display("DISPLAY", ":0");
    CHECK(Screen::choose(options, withWindows, kQuiet)->display().window == "gtk");
    CHECK(Screen::choose(options, makeQemu(folder, "none\\n"), kQuiet)->display().socket == folder / "vnc.sock");
    CHECK(Screen::choose(withScreen(false, folder / "rest.sock"), withWindows, kQuiet)->display().window.empty());
  }
  const test::Variable display("DISPLAY", "");

  CHECK(Screen::choose(options, withWindows, kQuiet)->display().socket == folder / "vnc.sock");
}

TEST_CASE("without a REST socket the screen's is in a folder of its own, removed with it") {
  const test::TempDir folder;
  const test::Variable temporary("TMPDIR", folder.path());
  {
    const auto screen = Screen::choose(withScreen(false), "/nonexistent", kQuiet);
    REQUIRE(screen);
    CHECK(screen->display().socket.starts_with(folder / "vfq-"));
    const auto status = std::filesystem::status(std::filesystem::path(screen->display().socket).parent_path());
    CHECK(status.permissions() == std::filesystem::perms::owner_all);
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}
