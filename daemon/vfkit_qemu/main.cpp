#include <string>
#include <vector>

#include "daemon/vfkit_qemu/run.hpp"

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  return microvm::vfkit_qemu::runProgram(arguments);
}
