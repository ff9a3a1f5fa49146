// Preloaded into a program (LD_PRELOAD), lets one of its calls into the system fail:
//   FAIL_CALL   which one: "write"
//   FAIL_AT     the N-th of them, counted from 1
//   FAIL_ERRNO  with this number
//   FAIL_MARK   a file that is made when it has failed
// None of the system's headers is included that declares what is defined here: their exception specifications differ.
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

namespace {

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

struct Plan {
  const char* call = std::getenv("FAIL_CALL");
  int left = std::getenv("FAIL_AT") == nullptr ? 0 : std::atoi(std::getenv("FAIL_AT"));
  int error = std::getenv("FAIL_ERRNO") == nullptr ? EIO : std::atoi(std::getenv("FAIL_ERRNO"));
  const char* mark = std::getenv("FAIL_MARK");
};

/// Whether this call is the one; errno is set then.
bool fails(const char* call) {
  static Plan plan;
  if (plan.left == 0 || plan.call == nullptr || std::strcmp(plan.call, call) != 0 || --plan.left != 0) return false;
  constexpr int kCreateWriteOnly = 0101;
  if (plan.mark != nullptr) next<int (*)(const char*, int, ...)>("open")(plan.mark, kCreateWriteOnly, 0600);
  errno = plan.error;
  return true;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, unsigned mode) {
  return fails("open") ? -1 : next<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}
long read(int fd, void* to, unsigned long size) {
  return fails("read") ? -1 : next<long (*)(int, void*, unsigned long)>("read")(fd, to, size);
}
long write(int fd, const void* from, unsigned long size) {
  return fails("write") ? -1 : next<long (*)(int, const void*, unsigned long)>("write")(fd, from, size);
}
long pread(int fd, void* to, unsigned long size, long at) {
  return fails("pread") ? -1 : next<long (*)(int, void*, unsigned long, long)>("pread")(fd, to, size, at);
}
long pwrite(int fd, const void* from, unsigned long size, long at) {
  return fails("pwrite") ? -1 : next<long (*)(int, const void*, unsigned long, long)>("pwrite")(fd, from, size, at);
}
int fsync(int fd) {
  return fails("fsync") ? -1 : next<int (*)(int)>("fsync")(fd);
}
int ftruncate(int fd, long size) {
  return fails("ftruncate") ? -1 : next<int (*)(int, long)>("ftruncate")(fd, size);
}
int flock(int fd, int operation) {
  return fails("flock") ? -1 : next<int (*)(int, int)>("flock")(fd, operation);
}
int fcntl(int fd, int command, long argument) {
  return fails("fcntl") ? -1 : next<int (*)(int, int, ...)>("fcntl")(fd, command, argument);
}
int fstat(int fd, void* info) {
  return fails("fstat") ? -1 : next<int (*)(int, void*)>("fstat")(fd, info);
}
int stat(const char* path, void* info) {
  return fails("stat") ? -1 : next<int (*)(const char*, void*)>("stat")(path, info);
}
int mkdir(const char* path, unsigned mode) {
  return fails("mkdir") ? -1 : next<int (*)(const char*, unsigned)>("mkdir")(path, mode);
}
void* opendir(const char* path) {
  return fails("opendir") ? nullptr : next<void* (*)(const char*)>("opendir")(path);
}
int rename(const char* from, const char* to) {
  return fails("rename") ? -1 : next<int (*)(const char*, const char*)>("rename")(from, to);
}
int unlink(const char* path) {
  return fails("unlink") ? -1 : next<int (*)(const char*)>("unlink")(path);
}
int pipe(int* ends) {
  return fails("pipe") ? -1 : next<int (*)(int*)>("pipe")(ends);
}
int poll(void* waits, unsigned long count, int limit) {
  return fails("poll") ? -1 : next<int (*)(void*, unsigned long, int)>("poll")(waits, count, limit);
}
int socket(int domain, int type, int protocol) {
  return fails("socket") ? -1 : next<int (*)(int, int, int)>("socket")(domain, type, protocol);
}
int bind(int fd, const void* address, unsigned size) {
  return fails("bind") ? -1 : next<int (*)(int, const void*, unsigned)>("bind")(fd, address, size);
}
int listen(int fd, int queue) {
  return fails("listen") ? -1 : next<int (*)(int, int)>("listen")(fd, queue);
}
int accept(int fd, void* address, void* size) {
  return fails("accept") ? -1 : next<int (*)(int, void*, void*)>("accept")(fd, address, size);
}
int connect(int fd, const void* address, unsigned size) {
  return fails("connect") ? -1 : next<int (*)(int, const void*, unsigned)>("connect")(fd, address, size);
}
int posix_spawn(int* pid, const char* path, ...) {
  using Spawn = int (*)(int*, const char*, void*, void*, void*, void*);
  if (fails("posix_spawn")) return errno;
  va_list rest;
  va_start(rest, path);
  void* const actions = va_arg(rest, void*);
  void* const attributes = va_arg(rest, void*);
  void* const arguments = va_arg(rest, void*);
  void* const environment = va_arg(rest, void*);
  va_end(rest);
  return next<Spawn>("posix_spawn")(pid, path, actions, attributes, arguments, environment);
}
int waitpid(int pid, int* status, int options) {
  return fails("waitpid") ? -1 : next<int (*)(int, int*, int)>("waitpid")(pid, status, options);
}
int kill(int pid, int number) {
  return fails("kill") ? -1 : next<int (*)(int, int)>("kill")(pid, number);
}
int sigaction(int number, const void* action, void* before) {
  return fails("sigaction") ? -1 : next<int (*)(int, const void*, void*)>("sigaction")(number, action, before);
}
int tcgetattr(int fd, void* settings) {
  return fails("tcgetattr") ? -1 : next<int (*)(int, void*)>("tcgetattr")(fd, settings);
}
int tcsetattr(int fd, int when, const void* settings) {
  return fails("tcsetattr") ? -1 : next<int (*)(int, int, const void*)>("tcsetattr")(fd, when, settings);
}
int setsid() {
  return fails("setsid") ? -1 : next<int (*)()>("setsid")();
}
int chdir(const char* path) {
  return fails("chdir") ? -1 : next<int (*)(const char*)>("chdir")(path);
}
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  using Control = int (*)(int, ...);
  return fails("prctl") ? -1 : next<Control>("prctl")(option, a, b, c, d);
}
long syscall(long number, ...) {
  if (fails("syscall")) return -1;
  va_list rest;
  va_start(rest, number);
  long words[6];
  for (long& word : words)
    word = va_arg(rest, long);
  va_end(rest);
  return next<long (*)(long, ...)>("syscall")(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // extern "C"
