// A viewer of a VM's console: the raw upgrade of the API.
#pragma once
#include <cstdint>
#include <string>

#include "tests/support/api.hpp"

namespace microvm::test {

class ConsoleViewer {
public:
  /// `query`, e.g. "offset=0&mode=ro". Throws, showing the answer, when it is no 101.
  ConsoleViewer(const Api& api, const std::string& vm, const std::string& query = "offset=0");

  /// Of the first byte, as the answer said.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  void type(const std::string& text) const;
  [[nodiscard]] int fd() const { return socket_.get(); }
  /// Reads until the text has come; everything read so far. Throws when it does not come.
  std::string readUntil(const std::string& text);
  /// Reads until so many bytes have come since the beginning; everything read so far.
  std::string readBytes(std::size_t count);
  /// Reads until the daemon closes; everything read so far.
  std::string readToEnd();

private:
  bool readMore();

  UniqueFd socket_;
  std::uint64_t offset_ = 0;
  std::string seen_;
};

/// The whole kept log and where it begins.
struct ConsoleLog {
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::string bytes;
};
ConsoleLog consoleLog(const Api& api, const std::string& vm);

}  // namespace microvm::test
