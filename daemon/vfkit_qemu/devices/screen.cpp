#include "daemon/vfkit_qemu/devices/screen.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <unistd.h>

#include <fmt/core.h>

#include "daemon/process/capture.hpp"

namespace microvm::vfkit_qemu {
namespace {

template <class Kind>
Kind* firstOf(std::vector<vfkit::Device>& devices) {
  for (vfkit::Device& device : devices)
    if (auto* found = std::get_if<Kind>(&device)) return found;
  return nullptr;
}

bool hasScreen(const vfkit::Options& options) {
  return std::any_of(options.devices.begin(), options.devices.end(),
                     [](const vfkit::Device& device) { return std::holds_alternative<vfkit::Gpu>(device); });
}

bool hasDisplay() {
  constexpr std::array<const char*, 2> kNames{"WAYLAND_DISPLAY", "DISPLAY"};
  return std::any_of(kNames.begin(), kNames.end(), [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && value[0] != '\0';
  });
}

/// The kinds of windows that QEMU can show.
Result<Captured> displayHelp(const std::string& qemu) {
  SpawnOptions options;
  options.program = qemu;
  options.arguments = {qemu, "-display", "help"};
  options.environment = allowedEnvironment();
  // Its parts for windows are loaded for this, which takes a while on a busy host.
  CaptureLimits limits;
  limits.time = Milliseconds(10000);
  return capture(std::move(options), limits);
}

std::string folderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

void addGuiDevices(vfkit::Options& options, const Log& log) {
  if (!options.gui) return;
  constexpr std::string_view kAdding = "--gui flag specified but no {} device configured, automatically adding it";
  if (firstOf<vfkit::Gpu>(options.devices) == nullptr) {
    log.warn(fmt::format(kAdding, "virtio-gpu"));
    options.devices.emplace_back(vfkit::Gpu{});
  }
  if (firstOf<vfkit::Input>(options.devices) == nullptr) {
    log.warn(fmt::format(kAdding, "virtio-input"));
    options.devices.emplace_back(vfkit::Input{"keyboard"});
  }
  firstOf<vfkit::Gpu>(options.devices)->usesGui = true;
}

std::string windowKind(const std::string& help) {
  constexpr std::array<std::string_view, 3> kKinds{"gtk", "sdl", "cocoa"};
  const std::string lines = "\n" + help;
  for (std::string_view kind : kKinds)
    if (lines.find(fmt::format("\n{}\n", kind)) != std::string::npos) return std::string(kind);
  return {};
}

Screen& Screen::operator=(Screen&& other) noexcept {
  std::swap(display_, other.display_);
  std::swap(folder_, other.folder_);
  return *this;
}

Screen::~Screen() {
  if (!display_.socket.empty()) ::unlink(display_.socket.c_str());
  if (!folder_.empty()) ::rmdir(folder_.c_str());
}

Result<Screen> Screen::choose(const vfkit::Options& options, const std::string& qemu, const Log& log) {
  Screen screen;
  if (!hasScreen(options)) return screen;
  if (options.gui && hasDisplay()) {
    const auto help = displayHelp(qemu);
    if (help) screen.display_.window = windowKind(help->out);
    if (!screen.display_.window.empty()) return screen;
    log.warn("QEMU has no program part for windows (Debian's qemu-system-gui); the screen is shown by VNC");
  }
  if (options.gui && !hasDisplay()) log.warn("there is no display for a window; the screen is shown by VNC");
  if (options.rest.kind == vfkit::RestKind::Unix) {
    screen.display_.socket = folderOf(options.rest.path) + "/vnc.sock";
  } else {
    const char* temporary = std::getenv("TMPDIR");
    screen.folder_ = std::string(temporary != nullptr && temporary[0] == '/' ? temporary : "/tmp") + "/vfq-XXXXXX";
    if (::mkdtemp(screen.folder_.data()) == nullptr)
      return systemError("cannot make the folder " + std::exchange(screen.folder_, {}), errno);
    screen.display_.socket = screen.folder_ + "/vnc.sock";
  }
  log.info(fmt::format("VNC server (unix socket: {})", screen.display_.socket));
  return screen;
}

}  // namespace microvm::vfkit_qemu
