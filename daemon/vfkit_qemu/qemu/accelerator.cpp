#include "daemon/vfkit_qemu/qemu/accelerator.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <poll.h>

#include <fmt/core.h>

#include "api/core/file.hpp"

namespace microvm::vfkit_qemu {
namespace {

constexpr std::size_t kMaxCacheBytes = 16 * 1024;
constexpr std::string_view kUsable = "usable\n";
constexpr std::string_view kUnusable = "unusable\n";

std::string folderOf(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

}  // namespace

std::optional<bool> VerdictCache::find(const AcceleratorKey& key) const {
  if (path_.empty()) return std::nullopt;
  const auto text = readFile(path_, kMaxCacheBytes);
  if (!text) return std::nullopt;
  if (*text == std::string(kUsable) + key.text() + "\n") return true;
  if (*text == std::string(kUnusable) + key.text() + "\n") return false;
  return std::nullopt;
}

void VerdictCache::store(const AcceleratorKey& key, bool usable) const {
  if (path_.empty()) return;
  // Without a cache the next start asks again; nothing else is lost.
  if (!makeFolders(folderOf(path_))) return;
  (void)writeFileAtomically(path_, std::string(usable ? kUsable : kUnusable) + key.text() + "\n").has_value();
}

std::optional<FileLock> VerdictCache::lock() const {
  constexpr int kLookMs = 20;
  if (path_.empty() || !makeFolders(folderOf(path_))) return std::nullopt;
  const auto end = std::chrono::steady_clock::now() + patience_;
  for (;;) {
    auto lock = FileLock::tryLock(path_ + ".lock");
    if (!lock) return std::nullopt;
    if (*lock) return *std::move(lock);
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    ::poll(nullptr, 0, kLookMs);
  }
}

std::string VerdictCache::defaultPath() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return std::string(cache) + "/microvm/accelerator";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/microvm/accelerator";
  return {};
}

Accelerator chooseKvm(const AcceleratorKey& key, const VerdictCache& cache, const std::function<bool()>& probe) {
  auto usable = cache.find(key);
  if (!usable) {
    const auto lock = cache.lock();
    usable = cache.find(key);
    if (!usable) {
      usable = probe();
      cache.store(key, *usable);
    }
  }
  return *usable ? Accelerator::Kvm : Accelerator::Tcg;
}

Result<void> checkNested(const Host& host) {
  constexpr std::string_view kRefusal = "nested virtualization is not supported";
  const auto refuse = [&](std::string_view why) {
    return Error{Errc::Invalid, fmt::format("{}: {}", kRefusal, why), {}, {}};
  };
  // Emulated processors have the extensions.
  if (host.accelerator == Accelerator::Tcg) return {};
  if (host.accelerator == Accelerator::Hvf) return refuse("QEMU has no way to it on macOS");
  if (host.architecture == Architecture::Arm64) return refuse("KVM on arm64 does not hand it on to QEMU's guests");
  constexpr std::array<const char*, 2> kModules{"kvm_intel", "kvm_amd"};
  for (const char* module : kModules) {
    const auto setting = readFile(fmt::format("/sys/module/{}/parameters/nested", module), 16);
    if (setting && !setting->empty() && (setting->front() == 'Y' || setting->front() == '1')) return {};
  }
  return refuse("the host's kvm module has it switched off (its parameter \"nested\")");
}

}  // namespace microvm::vfkit_qemu
