// A parsed vfkit command line, as plain values. What the words mean is vfkit's documentation; this is what was asked.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace microvm::vfkit {

struct LinuxBoot {
  std::string kernel;
  std::string initrd;
  std::string cmdline;
};

struct EfiBoot {
  std::string variableStore;
  bool create = false;
};

struct MacosBoot {
  std::string machineIdentifier;
  std::string hardwareModel;
  std::string auxImage;
};

using Bootloader = std::variant<LinuxBoot, EfiBoot, MacosBoot>;

enum class DiskBus { VirtioBlk, Nvme, Usb };

struct Disk {
  DiskBus bus = DiskBus::VirtioBlk;
  std::string path;
  std::string type;  ///< "image", "dev" or empty
  std::string deviceId;
  bool readOnly = false;
};

struct Nbd {
  std::string uri;
  std::string deviceId;
  std::int64_t timeoutMs = 15000;
  std::string sync = "full";
  bool readOnly = false;
};

struct Share {
  std::string folder;
  std::string tag;
};

enum class NetKind { Nat, Descriptor, UnixSocket };

struct Net {
  NetKind kind = NetKind::Nat;
  int descriptor = -1;
  std::string socketPath;
  bool magic = false;
  std::string mac;  ///< lower case with colons; empty: the runner's choice
};

struct Vsock {
  std::uint32_t port = 0;
  std::string socketUrl;
  bool listen = true;  ///< the guest connects to the host
};

enum class SerialKind { LogFile, Stdio, Pty };

struct Serial {
  SerialKind kind = SerialKind::Pty;
  std::string logFile;
};

struct Rng {};
struct Balloon {};

struct Gpu {
  std::int64_t width = 800;
  std::int64_t height = 600;
  bool usesGui = false;  ///< shown in a window
};

struct Input {
  std::string kind;  ///< "keyboard" or "pointing"
};

struct Rosetta {
  std::string tag;
  bool install = false;
  bool ignoreIfMissing = false;
};

using Device = std::variant<Disk, Nbd, Share, Net, Vsock, Serial, Rng, Balloon, Gpu, Input, Rosetta>;

/// Nowhere: asked for, but at an address that nobody can listen at.
enum class RestKind { None, Unix, Tcp, Nowhere };

struct RestAddress {
  RestKind kind = RestKind::None;
  std::string path;  ///< Unix
  std::string host;  ///< Tcp; empty means every interface
  std::string port;  ///< Tcp
};

enum class Verbosity { Error, Info, Debug };

/// What the command line asks for: a machine, or a text.
enum class Request { Run, Help, Version };

struct Options {
  Request request = Request::Run;
  std::uint64_t cpus = 1;
  std::uint64_t memoryMiB = 512;  ///< vfkit multiplies it into 64 bits without a check
  Bootloader bootloader;
  std::vector<Device> devices;  ///< in the order of the command line
  RestAddress rest;
  bool gui = false;
  Verbosity verbosity = Verbosity::Info;
  std::optional<std::uint32_t> timesyncPort;
  std::string ignition;
  std::vector<std::string> cloudInit;
  bool nested = false;
  std::string pidfile;
};

}  // namespace microvm::vfkit
