// A QEMU without a guest: it speaks QMP on descriptor 3 and obeys files beside it.
#pragma once
#include <filesystem>
#include <string>

#include "daemon/vfkit_qemu/qemu/command_line.hpp"
#include "tests/support/temp_dir.hpp"

namespace microvm::vfkit_qemu {

/// The files that it obeys when they are there:
///   ignore-button   the power button does nothing
///   deaf            it greets and then answers nothing
///   silent          it does not even greet
///   refuse          every command but qmp_capabilities is refused with the words in it
///   die-early       it ends at once with code 1, after the words in it on standard error
///   die-late        the power button ends it with code 3
///   full-disk       it says STOP and RESUME by itself when the button is pressed, and stays
/// It writes its arguments into the file arguments, one per line, and its pid into the file pid.
inline std::string makeFakeQemu(const test::TempDir& folder) {
  const std::string path = folder.write(std::string(programName(hostArchitecture())), R"(#!/bin/sh
here=${0%/*}
case "$*" in *-bios*) exit 1 ;; esac  # the probe of KVM
printf '%s\n' "$@" >"$here/arguments"
echo $$ >"$here/pid.new" && mv "$here/pid.new" "$here/pid"
if [ -e "$here/die-early" ]; then cat "$here/die-early" >&2; exit 1; fi
[ -e "$here/silent" ] || echo '{"QMP": {"version": {}, "capabilities": []}}' >&3
while read -r line <&3; do
  [ -e "$here/deaf" ] && continue
  id=${line##*:}
  id=${id%\}}
  case $line in
    *qmp_capabilities*) ;;
    *) if [ -e "$here/refuse" ]; then
      read -r words <"$here/refuse"
      echo "{\"error\": {\"desc\": \"$words\"}, \"id\": $id}" >&3
      continue
    fi ;;
  esac
  echo "{\"return\": {}, \"id\": $id}" >&3
  case $line in
    *quit*) exit 0 ;;
    *system_powerdown*)
      if [ -e "$here/full-disk" ]; then
        echo '{"event": "STOP"}' >&3
        continue
      fi
      [ -e "$here/die-late" ] && exit 3
      [ -e "$here/ignore-button" ] || exit 0
      ;;
  esac
done
)");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace microvm::vfkit_qemu
