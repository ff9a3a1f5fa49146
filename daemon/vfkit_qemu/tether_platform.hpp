// What differs between systems in tether.cpp.
#pragma once

namespace microvm::vfkit_qemu::platform {

/// From now on, and after exec, this process is killed when its parent dies.
void dieWithParent();

}  // namespace microvm::vfkit_qemu::platform
