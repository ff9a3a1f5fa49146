// The VMs of this daemon by name, each with its supervisor, and the names that are spoken for. Main thread only.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "api/core/result.hpp"
#include "daemon/service/supervisor.hpp"

namespace microvm {

using SupervisorPtr = std::shared_ptr<Supervisor>;  // shared with the coroutines that use one while it may be removed

/// Holds a word in a set, which outlives it.
class Reservation {
public:
  Reservation(std::set<std::string>& words, std::string word) : words_(&words), word_(std::move(word)) {
    if (!words.insert(word_).second) words_ = nullptr;
  }
  Reservation(Reservation&& other) noexcept
      : words_(std::exchange(other.words_, nullptr)), word_(std::move(other.word_)) {}
  Reservation& operator=(Reservation&&) = delete;
  ~Reservation() {
    if (words_ != nullptr) words_->erase(word_);
  }
  /// Or another one has it.
  [[nodiscard]] bool isHeld() const { return words_ != nullptr; }

private:
  std::set<std::string>* words_;
  std::string word_;
};

class VmRegistry {
public:
  using ByName = std::map<std::string, SupervisorPtr>;
  [[nodiscard]] const ByName& byName() const { return byName_; }
  [[nodiscard]] bool has(const std::string& name) const { return byName_.contains(name); }
  /// Errc::NotFound.
  [[nodiscard]] Result<SupervisorPtr> find(const std::string& nameOrId) const;
  /// Those with processes.
  [[nodiscard]] std::size_t running() const;

  /// For a VM that is being made or renamed. Errc::AlreadyExists when a VM has the name or is about to.
  Result<Reservation> reserve(const std::string& name);
  /// Under the name of its definition.
  void add(SupervisorPtr supervisor);
  void rename(const std::string& from, const std::string& to);
  void forget(const std::string& name) { byName_.erase(name); }

private:
  ByName byName_;
  std::set<std::string> reserved_;
};

}  // namespace microvm
