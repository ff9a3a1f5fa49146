// vfkit-qemu from its command line to its exit code.
#pragma once
#include <span>
#include <string>

namespace microvm::vfkit_qemu {

/// Everything the program does. Says on standard error what went wrong.
int runProgram(std::span<const std::string> arguments);

}  // namespace microvm::vfkit_qemu
