// What differs between systems in tether.cpp.
#pragma once

namespace microvm::vfkit_qemu::platform {

/// From now on, and after exec, this process is killed when its parent dies.
void dieWithParent();

/// From now on, and after exec, our user and group are called root. False, with errno, where the system does not let
/// us.
bool callOurselvesRoot();

}  // namespace microvm::vfkit_qemu::platform
