// SQLite's way to the disk with a fault in it: the N-th change of a file fails, once or for ever. Counts flushes.
#pragma once
#include <atomic>
#include <cstring>
#include <sqlite3.h>

namespace microvm::test {

enum class Fault { Once, FromThenOn };

/// The default of the process while it lives; one at a time. Only what changes files is counted.
class FailingVfs {
public:
  FailingVfs() {
    real() = sqlite3_vfs_find(nullptr);
    vfs_ = *real();
    vfs_.zName = "failing";
    vfs_.pNext = nullptr;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real()->szOsFile;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FailingVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real(), 1);
  }
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  void arm(int change, Fault fault, int code) { state() = State{change, fault, code, false}; }
  /// Whether the fault came.
  bool disarm() {
    const bool hasFailed = state().hasFailed;
    state() = State{};
    return hasFailed;
  }

  /// How often a file was to be on the disk, since the beginning.
  [[nodiscard]] static int flushes() { return flushed(); }

private:
  struct State {
    int left = 0;  ///< 0: not armed
    Fault fault = Fault::Once;
    int code = SQLITE_IOERR;
    bool hasFailed = false;
  };
  struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static State& state() {
    static State instance;
    return instance;
  }
  static std::atomic<int>& flushed() {
    static std::atomic<int> instance = 0;
    return instance;
  }
  static sqlite3_vfs*& real() {
    static sqlite3_vfs* instance = nullptr;
    return instance;
  }
  static sqlite3_file* realOf(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  /// Counts a change; its error when it is to fail.
  static int fail() {
    State& now = state();
    if (now.hasFailed && now.fault == Fault::FromThenOn) return now.code;
    if (now.left == 0 || --now.left != 0) return SQLITE_OK;
    now.hasFailed = true;
    return now.code;
  }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags) {
    file->pMethods = nullptr;
    const int opened = real()->xOpen(real(), name, realOf(file), flags, outFlags);
    if (opened == SQLITE_OK) file->pMethods = methods();
    return opened;
  }
  static int remove(sqlite3_vfs*, const char* name, int sync) {
    const int failed = fail();
    return failed != SQLITE_OK ? failed : real()->xDelete(real(), name, sync);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods table{
        3,
        [](sqlite3_file* f) { return realOf(f)->pMethods->xClose(realOf(f)); },
        [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
          return realOf(f)->pMethods->xRead(realOf(f), to, size, at);
        },
        [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
          const int failed = fail();
          if (failed == SQLITE_OK) return realOf(f)->pMethods->xWrite(realOf(f), from, size, at);
          // Half of it gets there, as on a disk that fills up.
          (void)realOf(f)->pMethods->xWrite(realOf(f), from, size / 2, at);
          return failed;
        },
        [](sqlite3_file* f, sqlite3_int64 size) {
          const int failed = fail();
          return failed != SQLITE_OK ? failed : realOf(f)->pMethods->xTruncate(realOf(f), size);
        },
        [](sqlite3_file* f, int flags) {
          ++flushed();
          const int failed = fail();
          return failed != SQLITE_OK ? failed : realOf(f)->pMethods->xSync(realOf(f), flags);
        },
        [](sqlite3_file* f, sqlite3_int64* size) { return realOf(f)->pMethods->xFileSize(realOf(f), size); },
        [](sqlite3_file* f, int level) { return realOf(f)->pMethods->xLock(realOf(f), level); },
        [](sqlite3_file* f, int level) { return realOf(f)->pMethods->xUnlock(realOf(f), level); },
        [](sqlite3_file* f, int* out) { return realOf(f)->pMethods->xCheckReservedLock(realOf(f), out); },
        [](sqlite3_file* f, int what, void* with) { return realOf(f)->pMethods->xFileControl(realOf(f), what, with); },
        [](sqlite3_file* f) { return realOf(f)->pMethods->xSectorSize(realOf(f)); },
        [](sqlite3_file* f) { return realOf(f)->pMethods->xDeviceCharacteristics(realOf(f)); },
        [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
          return realOf(f)->pMethods->xShmMap(realOf(f), page, size, extend, out);
        },
        [](sqlite3_file* f, int at, int count, int flags) {
          return realOf(f)->pMethods->xShmLock(realOf(f), at, count, flags);
        },
        [](sqlite3_file* f) { realOf(f)->pMethods->xShmBarrier(realOf(f)); },
        [](sqlite3_file* f, int drop) { return realOf(f)->pMethods->xShmUnmap(realOf(f), drop); },
        [](sqlite3_file* f, sqlite3_int64 at, int size, void** out) {
          return realOf(f)->pMethods->xFetch(realOf(f), at, size, out);
        },
        [](sqlite3_file* f, sqlite3_int64 at, void* page) {
          return realOf(f)->pMethods->xUnfetch(realOf(f), at, page);
        },
    };
    return &table;
  }

  sqlite3_vfs vfs_{};
};

}  // namespace microvm::test
