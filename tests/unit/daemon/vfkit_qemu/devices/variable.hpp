// A variable of the environment for the length of a test.
#pragma once
#include <cstdlib>
#include <optional>
#include <string>

namespace microvm::test {

class Variable {
public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) saved_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (saved_)
      ::setenv(name_, saved_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

private:
  const char* name_;
  std::optional<std::string> saved_;
};

}  // namespace microvm::test
