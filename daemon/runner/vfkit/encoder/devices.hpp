// The devices of vfkit's command line.
#pragma once
#include "daemon/runner/vfkit/encoder/word_list.hpp"

namespace microvm {

/// In this order: random numbers, the console, volumes, shares, interfaces, vsock ports, the screen, Rosetta, balloon.
void addDevices(const Definition& definition, const RunnerTarget& target, WordList& words);

/// The path of a Unix socket of the user's, or through a link to its folder where it has a character that vfkit would
/// escape, or is longer than a socket address takes.
std::string socketPath(const Member& member, std::string_view linkName, std::size_t longest, WordList& words);

}  // namespace microvm
