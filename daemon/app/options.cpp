#include "daemon/app/options.hpp"

#include <filesystem>
#include <map>
#include <regex>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "api/core/default_folders.hpp"
#include "api/version/version.hpp"

namespace microvm {
namespace {

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

Result<void> fillFolders(Options& options, const Environment& environment) {
  if (options.stateFolder.empty()) {
    auto folder = defaultStateFolder(environment);
    if (!folder) return std::move(folder).error();
    options.stateFolder = std::move(*folder);
  }
  if (options.runFolder.empty()) options.runFolder = defaultRunFolder(environment);
  options.stateFolder = absolute(options.stateFolder);
  options.runFolder = absolute(options.runFolder);
  options.logFile = absolute(options.logFile);
  options.socket = options.socket.empty() ? options.runFolder + "/api.sock" : absolute(options.socket);
  return {};
}

/// Values that are more than text, as they were written.
struct Written {
  std::string logLevel = "info";
  std::string readyTimeout = formatDuration(Options{}.readyTimeout);
  std::string minFree = formatSize(Options{}.minFree);
  std::string backupFile;
  std::string restoreFile;
  std::string listen;
  std::string certificate;
  std::string key;
};

/// What is wrong with a value, for CLI11: an empty one is no wish for what is used without the option.
std::string whyUnusable(const std::string& value) {
  return value.empty() ? "its value is empty" : "";
}

void declareFlags(CLI::App& app, Options& options, Written& written) {
  app.set_version_flag("--version", std::string("microvmd"));
  const auto add = [&app](const char* flag, std::string& value, const char* name, const char* help) {
    app.add_option(flag, value, help)->check(whyUnusable)->option_text(name);
  };
  add("--state-dir", options.stateFolder, "FOLDER", "Folder for the database, definitions and consoles");
  add("--run-dir", options.runFolder, "FOLDER", "Folder for sockets and locks; its path must be short");
  add("--socket", options.socket, "PATH", "Where the API is served [RUN-DIR/api.sock]");
  add("--listen", written.listen, "tcp://ADDRESS:PORT", "Serve the API there too, with TLS, to clients with a token");
  add("--tls-certificate", written.certificate, "FILE", "PEM: the certificate for --listen, then its chain");
  add("--tls-key", written.key, "FILE", "PEM: the key of that certificate");
  add("--vfkit", options.vfkit, "PROGRAM", "Program that runs VMs on macOS [vfkit]");
  add("--krunkit", options.krunkit, "PROGRAM", "Another program that runs VMs on macOS [krunkit]");
  add("--vfkit-qemu", options.vfkitQemu, "PROGRAM", "Program that runs VMs on Linux [vfkit-qemu]");
  add("--shim", options.shim, "PROGRAM", "Program that holds a running VM [microvm-shim]");
  add("--log-level", written.logLevel, "LEVEL", "debug, info, warn or error [info]");
  add("--log-file", options.logFile, "PATH", "Where to log instead of standard error: five files of 10 MiB at most");
  add("--ready-timeout", written.readyTimeout, "TIME", "How long a runner may take until its guest runs [15s]");
  add("--min-free", written.minFree, "SIZE", "Create and start nothing when the disk has less left [64MiB]");
  auto* const instead = app.add_option_group("Instead of serving, while no daemon runs");
  const auto doInstead = [instead](const char* flag, std::string& value, const char* help) {
    instead->add_option(flag, value, help)->check(whyUnusable)->option_text("FILE");
  };
  doInstead("--backup", written.backupFile, "Copy the database into a new file");
  doInstead("--restore", written.restoreFile, "Put a copy in the database's place; what was there is kept beside it");
  instead->add_flag("--verify", options.isVerifying, "Look through the database and every vm.json");
  instead->require_option(0, 1);
}

Error usage(std::string detail) {
  return Error{Errc::Usage, std::move(detail), "microvmd --help", {}};
}

/// "tcp://127.0.0.1:8443" or "tcp://[::1]:8443".
Result<void> readAddress(const std::string& listen, TlsSettings& settings) {
  static const std::regex kForm(R"(tcp://(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5}))");
  std::smatch parts;
  if (!std::regex_match(listen, parts, kForm)) {
    return usage(fmt::format("--listen: \"{}\" is not like tcp://127.0.0.1:8443 or tcp://[::1]:8443", listen));
  }
  const auto port = std::stoul(parts[3]);
  if (port > 65'535) return usage(fmt::format("--listen: there is no port {}", port));
  settings.address = parts[1].matched ? parts[1] : parts[2];
  settings.port = static_cast<std::uint16_t>(port);
  return {};
}

Result<void> readListen(const Written& written, Options& options) {
  if (written.listen.empty()) {
    if (written.certificate.empty() && written.key.empty()) return {};
    return usage("--tls-certificate and --tls-key are for --listen, which is not there");
  }
  TlsSettings settings;
  if (auto read = readAddress(written.listen, settings); !read) return read;
  if (written.certificate.empty() || written.key.empty()) {
    return Error{Errc::Usage,
                 "--listen needs --tls-certificate and --tls-key: nothing is served over TCP without TLS",
                 "use SSH, which needs no certificate: microvmctl --host ssh://USER@HOST",
                 {}};
  }
  settings.certificate = absolute(written.certificate);
  settings.key = absolute(written.key);
  options.listen = std::move(settings);
  return {};
}

Result<void> readValues(const Written& written, Options& options) {
  static const std::map<std::string, LogLevel> kLevels{
      {"debug", LogLevel::Debug}, {"info", LogLevel::Info}, {"warn", LogLevel::Warn}, {"error", LogLevel::Error}};
  const auto level = kLevels.find(written.logLevel);
  if (level == kLevels.end()) {
    return usage(fmt::format("--log-level: \"{}\" is none of debug, info, warn and error", written.logLevel));
  }
  const auto timeout = parseDuration(written.readyTimeout);
  if (!timeout) return usage("--ready-timeout: " + timeout.error().detail);
  const auto minFree = parseSize(written.minFree);
  if (!minFree) return usage("--min-free: " + minFree.error().detail);
  options.minFree = *minFree;
  if (!written.backupFile.empty()) options.backupFile = absolute(written.backupFile);
  if (!written.restoreFile.empty()) options.restoreFile = absolute(written.restoreFile);
  options.logLevel = level->second;
  options.readyTimeout = *timeout;
  return {};
}

}  // namespace

Result<CommandLine> parseCommandLine(const std::vector<std::string>& arguments, const Environment& environment) {
  CommandLine line;
  Written written;
  CLI::App app(
      "Owns this user's Linux microVMs and serves them over a REST API on a Unix socket. Runs in the foreground.",
      "microvmd");
  declareFlags(app, line.options, written);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    line.text = app.help();
    return line;
  } catch (const CLI::CallForVersion&) {
    line.text = fmt::format("microvmd {}\n", version());
    return line;
  } catch (const CLI::ParseError& error) {
    return usage(error.what());
  }
  if (auto read = readValues(written, line.options); !read) return std::move(read).error();
  if (auto read = readListen(written, line.options); !read) return std::move(read).error();
  if (auto filled = fillFolders(line.options, environment); !filled) return std::move(filled).error();
  return line;
}

}  // namespace microvm
