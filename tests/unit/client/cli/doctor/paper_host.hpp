// A host that consists of what a test writes down.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "client/cli/doctor/check.hpp"

namespace microvm::doctor {

inline service::Status goodService() {
  service::Status status;
  status.installed = true;
  status.file = "/units/microvmd.service";
  status.enabled = true;
  status.state = "active (running)";
  status.active = true;
  status.where = "systemd --user";
  status.program = "/opt/bin/microvmd";
  return status;
}

class PaperHost final : public Host {
public:
  Platform system = Platform::Linux;
  unsigned uid = 1000;
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};
  std::map<std::string, std::string> texts;
  std::map<std::string, FileInfo> files{{"/", {FileKind::Folder, 0, 0755}},
                                        {"/home/me", {FileKind::Folder, 1000, 0700}}};
  std::map<std::string, Errc> forbidden;        ///< what cannot be written or executed, and why
  std::map<std::string, Said> answers;          ///< by the words with blanks between
  std::map<std::string, std::string> programs;  ///< by name
  Result<Space> left = Space{100ull << 30, 1'000'000};
  Result<std::uint64_t> fileLimit = std::uint64_t{1'048'576};
  Result<service::Status> manager = goodService();
  Timestamp time{std::chrono::seconds(1'700'000'000)};
  mutable std::vector<std::string> ran;

  [[nodiscard]] Platform platform() const override { return system; }
  [[nodiscard]] unsigned user() const override { return uid; }
  [[nodiscard]] Timestamp now() const override { return time; }
  [[nodiscard]] std::optional<std::string> environment(const std::string& name) const override {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  [[nodiscard]] Result<std::string> read(const std::string& path) const override {
    const auto found = texts.find(path);
    if (found == texts.end()) return missing("cannot open " + path);
    return found->second;
  }
  [[nodiscard]] Result<FileInfo> look(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end()) return missing("cannot look at " + path);
    return found->second;
  }
  [[nodiscard]] Result<void> may(const std::string& path, Use) const override {
    const auto found = forbidden.find(path);
    if (found == forbidden.end()) return {};
    if (found->second == Errc::NotFound) return missing("cannot use " + path);
    return Error{found->second, "cannot use " + path + ": permission denied", {}, {}};
  }
  [[nodiscard]] Result<Space> space(const std::string&) const override { return left; }
  [[nodiscard]] Result<std::uint64_t> openFiles() const override { return fileLimit; }
  [[nodiscard]] Result<std::string> find(const std::string& program) const override {
    const auto found = programs.find(program);
    if (found == programs.end())
      return Error{Errc::NotFound, program + " is neither in /opt/bin nor in a folder of PATH", {}, {}};
    return found->second;
  }
  [[nodiscard]] Result<service::Status> service() const override { return manager; }
  [[nodiscard]] Result<Said> run(const std::vector<std::string>& words, Milliseconds limit) const override {
    std::string line;
    for (const auto& word : words)
      line += (line.empty() ? "" : " ") + word;
    ran.push_back(line);
    const auto found = answers.find(line);
    if (found == answers.end())
      return Error{Errc::Timeout, words.front() + " did not end within " + formatDuration(limit), {}, {}};
    return found->second;
  }

private:
  static Error missing(const std::string& what) {
    return Error{Errc::NotFound, what + ": no such file or directory", {}, {}};
  }
};

/// Linux with everything that a VM needs.
inline PaperHost goodLinux() {
  PaperHost host;
  host.texts["/proc/7/cgroup"] = "0::/user.slice\n";
  host.texts["/proc/7/limits"] = "Limit Soft Hard Units\nMax open files            65536   65536   files\n";
  host.texts["/etc/os-release"] = "PRETTY_NAME=\"Debian GNU/Linux 13\"\nID=debian\nVERSION_ID=\"13\"\n";
  host.files["/dev/vhost-vsock"] = {FileKind::Other, 0, 0660};
  host.files["/dev/kvm"] = {FileKind::Other, 0, 0660};
  host.files["/state"] = {FileKind::Folder, 1000, 0700};
  host.files["/run/me"] = {FileKind::Folder, 1000, 0700};
  return host;
}

/// An Apple Silicon Mac with macOS 14 and everything that a VM needs.
inline PaperHost goodMac() {
  PaperHost host;
  host.system = Platform::MacOs;
  host.files["/state"] = {FileKind::Folder, 1000, 0700};
  host.files["/run/me"] = {FileKind::Folder, 1000, 0700};
  host.files["/Library/Apple/usr/libexec/oah/RosettaLinux/rosetta"] = {FileKind::Regular, 0, 0755};
  host.answers["/usr/bin/codesign --verify /opt/bin/vfkit"] = {0, {}, {}};
  host.answers["/usr/bin/codesign --display --entitlements - --xml /opt/bin/vfkit"] = {
      0, "<plist><dict><key>com.apple.security.virtualization</key><true/></dict></plist>", {}};
  host.answers["/usr/bin/xattr -p com.apple.quarantine /opt/bin/vfkit"] = {
      1, {}, "xattr: /opt/bin/vfkit: No such xattr: com.apple.quarantine\n"};
  host.answers["/usr/bin/sw_vers -productVersion"] = {0, "14.6.1\n", {}};
  host.answers["/usr/sbin/sysctl -n hw.optional.arm64"] = {0, "1\n", {}};
  host.answers["/usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate"] = {
      0, "Firewall is disabled. (State = 0)\n", {}};
  host.answers["/bin/launchctl managername"] = {0, "Aqua\n", {}};
  host.answers["/bin/ps -o pri= -p 7"] = {0, " 31\n", {}};
  return host;
}

/// A daemon that answers, with its folders and its runner.
inline Subject goodSubject(Platform platform) {
  Subject subject;
  subject.clientVersion = "0.1.0";
  subject.socket = "/run/me/api.sock";
  subject.daemon = Daemon{"0.1.0", 7};
  subject.stateFolder = "/state";
  subject.runFolder = "/run/me";
  if (platform == Platform::MacOs) {
    subject.runnerName = "vfkit";
    subject.runner = "/opt/bin/vfkit";
    subject.runnerVersion = Said{0, "vfkit version: v0.6.4\n", {}};
  } else {
    subject.runnerName = "vfkit-qemu";
    subject.runner = "/opt/bin/vfkit-qemu";
    subject.runnerVersion = Said{0, "vfkit version: v0.6.4 (vfkit-qemu 0.1.0)\n", {}};
    subject.probe = Probe{"0.1.0",
                          "x86_64",
                          "/usr/bin/qemu-system-x86_64",
                          "7.2.19",
                          "kvm",
                          "a guest ran under /dev/kvm",
                          "/usr/libexec/virtiofsd",
                          "/usr/share/OVMF/OVMF_CODE_4M.fd"};
  }
  return subject;
}

/// A finding as one text, so that a test compares all of it: "error: FINDING | REASON | FIX".
inline std::string textOf(const std::optional<Finding>& finding) {
  if (!finding) return "nothing";
  std::string text(nameOf(finding->level));
  text += ": " + finding->finding;
  if (!finding->reason.empty()) text += " | " + finding->reason;
  if (!finding->fix.empty()) text += " | " + finding->fix;
  return text;
}

inline bool begins(const std::optional<Finding>& finding, std::string_view text) {
  return textOf(finding).starts_with(text);
}

}  // namespace microvm::doctor
