// The devices of krunkit's command line, which looks like vfkit's and is not.
#pragma once
#include "daemon/runner/vfkit/encoder/word_list.hpp"

namespace microvm {

/// Members that krunkit has no word for are left out: check() refused them.
void addKrunkitDevices(const Definition& definition, WordList& words);

}  // namespace microvm
