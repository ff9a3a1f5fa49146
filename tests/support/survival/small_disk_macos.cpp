// Nothing is mounted: that takes hdiutil(1) and a file system of its own. Not run on a Mac, only compiled.
#include "tests/support/survival/small_disk.hpp"

namespace microvm::test {

SmallDisk::SmallDisk(std::string folder, std::uint64_t) : folder_(std::move(folder)) {}

SmallDisk::~SmallDisk() = default;

void SmallDisk::fill() const {}

void SmallDisk::makeRoom() const {}

}  // namespace microvm::test
