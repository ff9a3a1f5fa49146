// A text file that grows to a cap and is then moved aside once: PATH and PATH.1 together hold the newest text.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/unique_fd.hpp"

namespace microvm::shim {

class CappedFile {
public:
  CappedFile(std::string path, std::uint64_t cap);
  /// Best effort: what cannot be written is lost, the caller is never held up.
  void append(std::string_view text);

private:
  bool ensureOpen();

  std::string path_;
  std::uint64_t cap_;
  std::uint64_t size_ = 0;
  UniqueFd fd_;
};

}  // namespace microvm::shim
