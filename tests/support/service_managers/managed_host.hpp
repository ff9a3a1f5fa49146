// A host with a stand-in for its service manager, in a folder of the test's own.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "client/service/host.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::test {

class ManagedHost {
public:
  /// `manager`: "launchctl" or "systemctl"; empty: none.
  explicit ManagedHost(const std::string& manager) {
    namespace fs = std::filesystem;
    fs::create_directories(folder_ / "bin/state");
    fs::create_directories(folder_ / "home");
    if (!manager.empty()) {
      fs::copy_file(std::string(std::getenv("MICROVM_SOURCE")) + "/tests/support/service_managers/" + manager,
                    folder_ / ("bin/" + manager));
    }
    variables["PATH"] = folder_ / "bin:/usr/bin:/bin";
    if (manager.empty()) variables["PATH"] = folder_ / "bin";
  }

  [[nodiscard]] service::Host host(service::Reach reach = service::Reach::User, unsigned uid = 501) const {
    service::Host host;
    host.reach = reach;
    host.uid = uid;
    host.user = "alice";
    host.home = folder_ / "home";
    host.root = folder_.path();
    host.environment = [known = variables](const std::string& name) -> std::optional<std::string> {
      const auto found = known.find(name);
      return found == known.end() ? std::nullopt : std::optional(found->second);
    };
    host.patience = Milliseconds(2'000);
    host.pause = Milliseconds(1);
    return host;
  }

  /// A program that can be started.
  [[nodiscard]] std::string program(const std::string& name) const {
    const auto path = folder_.write("programs/" + name, "#!/bin/sh\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  /// A file in the stand-in's state.
  void set(const std::string& name, const std::string& text = "") const {
    folder_.write("bin/state/" + name, text.empty() ? text : text + "\n");
  }
  [[nodiscard]] std::string get(const std::string& name) const { return readText(folder_ / ("bin/state/" + name)); }
  [[nodiscard]] bool isSet(const std::string& name) const {
    return std::filesystem::exists(folder_ / ("bin/state/" + name));
  }
  /// What the stand-in was asked since the last call of this.
  [[nodiscard]] std::string newCalls() const {
    auto calls = get("calls");
    set("calls");
    return calls;
  }
  [[nodiscard]] const TempDir& folder() const { return folder_; }

  std::map<std::string, std::string> variables;

private:
  TempDir folder_;
};

}  // namespace microvm::test
