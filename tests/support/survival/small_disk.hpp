// A disk of few bytes, for tests that fill it.
#pragma once
#include <cstdint>
#include <string>

namespace microvm::test {

class SmallDisk {
public:
  /// At a folder, whose content is hidden meanwhile. Nothing is there when this is not permitted: see isThere().
  SmallDisk(std::string folder, std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool isThere() const { return isThere_; }
  /// Takes every byte that is left; and gives them back.
  void fill() const;
  void makeRoom() const;

private:
  [[nodiscard]] std::string filling() const { return folder_ + "/filling"; }

  std::string folder_;
  bool isThere_ = false;
};

}  // namespace microvm::test
