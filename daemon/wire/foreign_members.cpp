#include "daemon/wire/foreign_members.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/core/text.hpp"
#include "daemon/wire/members.hpp"

namespace microvm {

namespace {

/// A member, or one value of it. It has a feature, which a record answers, or a sentence.
struct Foreign {
  std::string_view place;  ///< below /spec: "", "volumes/*", "graphics"
  std::string_view member;
  std::string_view value;  ///< empty: any
  std::optional<Feature> feature;
  std::string_view sentence;
  std::string_view instead = {};  ///< the value to read on with; empty: the member is taken out
};

constexpr std::string_view kNoHooks =
    "is nothing here: no part of a definition is run on the host; do it before the start";
constexpr std::string_view kNoDaemon = "is for virtiofsd or 9p; the runner shares the folder itself, so leave it out";
constexpr std::string_view kOneWindow = "cannot be chosen: the runner opens the window; leave it out";
constexpr std::string_view kInGuest = "is the guest's own matter; set it up in the guest's image";

constexpr Foreign kForeign[] = {
    {"", "user", "", Feature::User, ""},
    {"", "devices", "", Feature::Devices, ""},
    {"", "credentialFiles", "", Feature::Credentials, ""},
    {"", "credentials", "", Feature::Credentials, ""},
    {"", "forwardPorts", "", Feature::NetPortForward, ""},
    {"", "ports", "", Feature::NetPortForward, ""},
    {"", "machineId", "", Feature::MachineId, ""},
    {"", "hotplugMem", "", Feature::MemoryHotplug, ""},
    {"", "hotpluggedMem", "", Feature::MemoryHotplug, ""},
    {"", "initialBalloonMem", "", Feature::BalloonTarget, ""},
    {"", "deflateOnOOM", "", Feature::BalloonTarget, ""},
    {"", "preStart", "", {}, kNoHooks},
    {"",
     "extraArgsScript",
     "",
     {},
     "is nothing here: no part of a definition is run on the host; put the words into extraArgs"},
    {"", "binScripts", "", {}, kNoHooks},
    {"",
     "prettyProcnames",
     "",
     {},
     "is nothing here: the process keeps the runner's name; microvmctl list has its number"},
    {"", "cpu", "", {}, "cannot be chosen: the guest has the host's processor; the number is cpus"},
    {"", "hugepageMem", "", {}, "is nothing here: the runner takes memory as the host gives it; leave it out"},
    {"", "hypervisor", "", {}, "has the name runner here: vfkit, krunkit, qemu or auto"},
    {"", "vcpu", "", {}, "has the name cpus here"},
    {"", "mem", "", {}, "has the name memory here, with a unit: 512MiB"},
    {"", "kernel", "", {}, "has its place in boot.linux.kernel"},
    {"", "initrd", "", {}, "has its place in boot.linux.initrd"},
    {"", "initrdPath", "", {}, "has its place in boot.linux.initrd"},
    {"", "kernelParams", "", {}, "has its place in boot.linux.cmdline"},
    {"", "cmdline", "", {}, "has its place in boot.linux.cmdline"},
    {"", "hostName", "", {}, "is the guest's own matter; the VM's is name"},
    {"", "socket", "", {}, "is chosen by the daemon, and the runner is reached through it; leave it out"},
    {"", "storeOnDisk", "", {}, "is a volume here: give the store's image with readOnly"},
    {"", "writableStoreOverlay", "", {}, kInGuest},
    {"", "registerWithMachined", "", {}, "is nothing here; microvmctl list has all VMs"},
    {"boot", "macos", "", {}, "is no guest of this daemon, which runs Linux; use linux or efi"},
    {"volumes/*", "direct", "", Feature::VolumeDirect, ""},
    {"volumes/*", "imageType", "raw", {}, "is not needed: every image is raw; leave it out"},
    {"volumes/*", "imageType", "", Feature::VolumeQcow2, ""},
    {"volumes/*", "format", "raw", {}, "is not needed: every image is raw; leave it out"},
    {"volumes/*", "format", "", Feature::VolumeQcow2, ""},
    {"volumes/*", "mkfsExtraArgs", "", {}, "has the name mkfsArgs here"},
    {"shares/*", "proto", "virtiofs", {}, "is not needed: every share is virtio-fs; leave it out"},
    {"shares/*", "proto", "", Feature::Share9p, ""},
    {"shares/*", "cache", "", {}, kNoDaemon},
    {"shares/*", "posixAcl", "", {}, kNoDaemon},
    {"shares/*", "securityModel", "", {}, kNoDaemon},
    {"shares/*", "socket", "", {}, kNoDaemon},
    {"shares/*", "extraArgs", "", {}, kNoDaemon},
    {"interfaces/*", "type", "tap", Feature::NetTap, "", "nat"},
    {"interfaces/*", "type", "macvtap", Feature::NetMacvtap, "", "nat"},
    {"interfaces/*", "type", "bridge", Feature::NetBridge, "", "nat"},
    {"interfaces/*", "type", "bridged", Feature::NetBridge, "", "nat"},
    {"interfaces/*", "type", "shared", Feature::NetBridge, "", "nat"},
    {"interfaces/*", "type", "host", Feature::NetBridge, "", "nat"},
    {"interfaces/*", "type", "user", {}, "has the name nat here", "nat"},
    {"interfaces/*",
     "type",
     "gvproxy",
     {},
     "is started by you here: use type unixgram with the path of its socket",
     "nat"},
    {"interfaces/*", "bridge", "", Feature::NetBridge, ""},
    {"interfaces/*", "tap", "", Feature::NetTap, ""},
    {"interfaces/*", "macvtap", "", Feature::NetMacvtap, ""},
    {"interfaces/*",
     "fd",
     "",
     {},
     "is a number that only the process that opened it knows; write type fd with the helper that takes the other end"},
    {"interfaces/*", "id", "", {}, "names a device of the host, and the runner makes none; leave it out"},
    {"graphics", "backend", "", {}, kOneWindow},
    {"graphics", "socket", "", {}, kOneWindow},
    {"graphics", "vulkan", "", {}, kOneWindow},
    {"graphics", "hostmem", "", {}, kOneWindow},
    {"vsock", "cid", "", Feature::VsockCid, ""},
    {"vsock", "ssh", "", {}, "is port 22: write vsock: [{ port: 22, direction: connect }]"},
    {"vsock/*", "cid", "", Feature::VsockCid, ""},
};

class Taker {
public:
  ForeignMembers takeFrom(Json& spec) {
    visit(spec, "", "/spec");
    for (const std::string_view place : {"boot", "graphics", "vsock"})
      visitMember(spec, place);
    for (const std::string_view list : {"volumes", "shares", "interfaces", "vsock"})
      visitList(spec, list);
    // In microvm.nix vsock is an object; nothing of it is left to be read.
    const auto vsock = spec.find("vsock");
    if (vsock != spec.end() && vsock->is_object() && hasVsockObject_) spec.erase("vsock");
    return std::move(found_);
  }

private:
  void visitMember(Json& spec, std::string_view name) {
    const auto found = spec.find(std::string(name));
    if (found == spec.end() || !found->is_object()) return;
    const std::size_t before = found_.asks.size() + found_.errors.size();
    visit(*found, name, fmt::format("/spec/{}", name));
    if (name == "vsock" && found_.asks.size() + found_.errors.size() > before) hasVsockObject_ = true;
  }

  void visitList(Json& spec, std::string_view name) {
    const auto found = spec.find(std::string(name));
    if (found == spec.end() || !found->is_array()) return;
    const std::string place = fmt::format("{}/*", name);
    for (std::size_t i = 0; i < found->size(); ++i)
      visit((*found)[i], place, fmt::format("/spec/{}/{}", name, i));
  }

  void visit(Json& object, std::string_view place, const std::string& pointer) {
    if (!object.is_object()) return;
    std::vector<Feature> told;  // what two members of one object ask for is told once
    for (const Foreign& foreign : kForeign) {
      if (foreign.place != place) continue;
      const std::string member(foreign.member);
      const auto found = object.find(member);
      if (found == object.end() || !isMeant(foreign, *found)) continue;
      const bool isTold = foreign.feature && std::find(told.begin(), told.end(), *foreign.feature) != told.end();
      if (!isTold) note(foreign, fmt::format("{}/{}", pointer, member));
      if (foreign.feature) told.push_back(*foreign.feature);
      if (foreign.instead.empty()) {
        object.erase(member);
      } else {
        *found = std::string(foreign.instead);
      }
    }
  }

  static bool isMeant(const Foreign& foreign, const Json& value) {
    return foreign.value.empty() || (value.is_string() && value.get_ref<const std::string&>() == foreign.value);
  }

  void note(const Foreign& foreign, std::string pointer) {
    if (foreign.feature) {
      found_.asks.push_back({std::move(pointer), *foreign.feature, {}});
    } else {
      const std::string what = foreign.value.empty() ? std::string(foreign.member) : inQuotes(foreign.value);
      found_.errors.push_back({std::move(pointer), fmt::format("{} {}", what, foreign.sentence)});
    }
  }

  ForeignMembers found_;
  bool hasVsockObject_ = false;
};

}  // namespace

ForeignMembers takeForeignMembers(Json& definition) {
  if (!definition.is_object()) return {};
  const auto spec = definition.find("spec");
  if (spec == definition.end() || !spec->is_object()) return {};
  return Taker().takeFrom(*spec);
}

}  // namespace microvm
