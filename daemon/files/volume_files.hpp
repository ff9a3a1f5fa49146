// The images of volumes. Everything here blocks: call it on the file pool.
#pragma once
#include <string>
#include <vector>

#include "api/core/error.hpp"
#include "api/core/result.hpp"
#include "daemon/domain/definition.hpp"

namespace microvm {

/// Whether the image can be used, or made where autoCreate asks for it. Notes problems with the volume's members.
void checkImage(const ImageFile& image, bool isReadOnly, const std::string& pointer, std::vector<FieldError>& errors);

/// Makes the image that is not there and grows the one that is smaller than its size. What is there is changed in no
/// other way. A new image appears whole, with its file system, or not at all.
Result<void> prepareImage(const ImageFile& image);

/// Notes the files that the VM has twice, under whatever names: as two volumes, or as one and the firmware's variables.
void checkImagesApart(const Definition& definition, std::vector<FieldError>& errors);

/// An image, or a firmware's variables, that somebody writes, or reads.
struct ImageUse {
  std::string vm;
  std::string path;
  bool isReadOnly = false;
  bool operator==(const ImageUse&) const = default;
};

/// Errc::InUse for volumes and variable stores whose file, under this or another name, one of `others` has, unless both
/// only read it.
Result<void> checkImagesFree(const Definition& definition, const std::vector<ImageUse>& others);

/// The images of a VM, and its variable store where the definition names one.
std::vector<ImageUse> imagesOf(const Definition& definition);

}  // namespace microvm
