// The seed of cloud-init: a CD-ROM called cidata, made of the files of --cloud-init.
#pragma once
#include <string>
#include <vector>

#include "api/core/result.hpp"

namespace microvm::vfkit_qemu {

/// The image's file; removed with this object.
class SeedImage {
public:
  /// Nothing without files. Reads user-data, meta-data and network-config; of the first two one is needed, and the
  /// other is then empty. Files of other names are opened and ignored. Images whose makers are gone are removed.
  static Result<SeedImage> make(const std::vector<std::string>& files);

  SeedImage() = default;
  SeedImage(SeedImage&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SeedImage& operator=(SeedImage&& other) noexcept;
  SeedImage(const SeedImage&) = delete;
  SeedImage& operator=(const SeedImage&) = delete;
  ~SeedImage();

  /// Empty when there is none.
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

}  // namespace microvm::vfkit_qemu
