#include "daemon/runner/vfkit/encoder/encoder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/core/text.hpp"
#include "daemon/runner/vfkit/encoder/devices.hpp"
#include "daemon/runner/vfkit/encoder/extra_arguments.hpp"
#include "daemon/runner/vfkit/encoder/krunkit_devices.hpp"
#include "daemon/runner/vfkit/encoder/word_list.hpp"

namespace microvm {

namespace {

constexpr std::size_t kLongestSocketPath = 103;  // sun_path of macOS has 104 bytes with the NUL
constexpr std::string_view kListCuts = ",\"";    // what the lists of --bootloader and --cloud-init do not pass on

std::string_view logLevelOf(RunnerLogLevel level) {
  return level == RunnerLogLevel::Debug ? "debug" : "info";
}

/// libkrun counts: 1 is errors, 3 is information, 4 is debugging.
std::string_view krunLogLevelOf(RunnerLogLevel level) {
  switch (level) {
    case RunnerLogLevel::Error:
      return "1";
    case RunnerLogLevel::Info:
      return "3";
    case RunnerLogLevel::Debug:
      return "4";
  }
  return "3";
}

void addLinuxBoot(const LinuxBoot& boot, const Graphics& graphics, WordList& words) {
  const std::string pointer = "/spec/boot/linux";
  const std::string emptyInitrd = words.runFolder() + "/empty.cpio";
  const std::string cmdline = kernelCommandLine(boot, graphics);
  if (!boot.initrd) words.needEmptyInitrd(emptyInitrd);
  words.option("--kernel", {boot.kernel, pointer + "/kernel"});
  words.option("--initrd", {boot.initrd ? *boot.initrd : emptyInitrd, pointer + "/initrd"});
  words.option("--kernel-cmdline", {cmdline, pointer + "/cmdline"});
}

void addEfiBoot(const EfiBoot& boot, const EncodeOptions& options, WordList& words) {
  const std::string store = variableStoreOf(boot, options);
  const bool isPlain = store.find_first_of(kListCuts) == std::string::npos && !words.isCut(store);
  const std::string path = words.reachThroughFolder({store, "/spec/boot/efi/variableStore"}, "efi", isPlain);
  // krunkit wants the word and does nothing with it; vfkit would empty a store that is there.
  const bool isKrunkit = options.target.runner == RunnerKind::Krunkit;
  const bool creates = isKrunkit || !options.hasVariableStore;
  words.word("--bootloader");
  words.word(fmt::format("efi,variable-store={}{}", path, creates ? ",create" : ""));
}

/// vfkit looks at the names of the files, so each is reached through a link that has the right one.
void addCloudInit(const CloudInit& cloudInit, WordList& words) {
  std::vector<std::string> files;
  const auto add = [&](const std::optional<std::string>& path, std::string_view member, std::string_view name) {
    if (!path) return;
    const Member file{*path, fmt::format("/spec/cloudInit/{}", member)};
    const bool isNamed = path->ends_with(fmt::format("/{}", name));
    files.push_back(isNamed ? words.reach(file, name, kListCuts) : words.link(file, name));
  };
  add(cloudInit.userData, "userData", "user-data");
  add(cloudInit.metaData, "metaData", "meta-data");
  add(cloudInit.networkConfig, "networkConfig", "network-config");
  words.word("--cloud-init");
  words.word(fmt::format("{}", fmt::join(files, ",")));
}

/// vfkit reads the socket as a URI: "%" begins an escape and "?" would end the path.
std::string socketUri(const std::string& path) {
  std::string uri = "unix://";
  for (const char c : path) {
    if (c == '%') {
      uri += "%25";
    } else if (c == '?') {
      uri += "%3F";
    } else {
      uri += c;
    }
  }
  return uri;
}

void addSocket(const EncodeOptions& options, WordList& words) {
  const std::string& path = options.socketPath;
  const bool isShort = path.size() <= kLongestSocketPath;
  if (!isShort || !path.starts_with('/') || hasControlCharacters(path)) {
    words.refuse("", fmt::format("the runner's socket {} is not an absolute path of at most {} bytes; choose a shorter "
                                 "run folder",
                                 inQuotes(path), kLongestSocketPath));
  }
  const bool isKrunkit = options.target.runner == RunnerKind::Krunkit;
  words.word("--restful-uri");
  words.word(isKrunkit ? "unix://" + path : socketUri(path));
}

void addSwitches(const Definition& definition, const EncodeOptions& options, WordList& words) {
  const bool isKrunkit = options.target.runner == RunnerKind::Krunkit;
  if (definition.graphics.enable && !isKrunkit) words.word("--gui");
  if (definition.nested) words.word("--nested");
  if (definition.timesync) {
    words.word("--timesync");
    words.word(fmt::format("vsockPort={}", definition.timesync->vsockPort));
  }
  if (isKrunkit) return;
  if (definition.cloudInit) addCloudInit(*definition.cloudInit, words);
  if (definition.ignition) {
    words.word("--ignition");
    words.word(words.reach({*definition.ignition, "/spec/ignition"}, "ignition", ","));
  }
}

void addExtraArguments(const Definition& definition, RunnerKind runner, WordList& words) {
  for (FieldError& problem : extraArgumentProblems(runner, definition.extraArgs))
    words.refuse(problem.pointer, std::move(problem.detail));
  for (const std::string& word : definition.extraArgs)
    words.word(word);
}

}  // namespace

std::string variableStoreOf(const EfiBoot& boot, const EncodeOptions& options) {
  return boot.variableStore.empty() ? options.variableStore : boot.variableStore;
}

Result<EncodedCommand> encodeCommandLine(const Definition& definition, const EncodeOptions& options) {
  const RunnerKind runner = options.target.runner;
  const bool isKrunkit = runner == RunnerKind::Krunkit;
  WordList words(options.runFolder, isKrunkit ? ",=" : ",");
  words.word(options.program);
  words.word("--cpus");
  words.word(std::to_string(definition.cpus));
  words.word("--memory");
  words.word(std::to_string(definition.memory / kMiB));
  words.word(isKrunkit ? "--krun-log-level" : "--log-level");
  words.word(std::string(isKrunkit ? krunLogLevelOf(definition.logLevel) : logLevelOf(definition.logLevel)));
  if (const auto* linuxBoot = std::get_if<LinuxBoot>(&definition.boot)) {
    addLinuxBoot(*linuxBoot, definition.graphics, words);
  } else {
    addEfiBoot(std::get<EfiBoot>(definition.boot), options, words);
  }
  if (isKrunkit) addKrunkitDevices(definition, words);
  if (!isKrunkit) addDevices(definition, options.target, words);
  addSwitches(definition, options, words);
  addSocket(options, words);
  addExtraArguments(definition, runner, words);
  return std::move(words).take();
}

}  // namespace microvm
