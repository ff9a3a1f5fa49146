// Requests that may come twice and happen once: what was answered under which key. Main thread only.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "daemon/async/condition.hpp"
#include "daemon/store/store.hpp"

namespace microvm {

/// How long an answer is kept.
inline constexpr std::chrono::hours kAnswersKept{24};

class KeyedAnswers {
public:
  KeyedAnswers(const net::any_io_executor& executor, Store& store);

  /// Holds a key while its request is at work. To be destroyed with the request, answered or not.
  class Turn {
  public:
    Turn(KeyedAnswers& all, std::string key) : all_(all), key_(std::move(key)) {}
    ~Turn() { all_.release(key_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    KeyedAnswers& all_;
    const std::string key_;
  };

  /// What is known under the key: an answer to give again; or, with a turn, that it is this request's to be carried
  /// out.
  struct Entry {
    KeptAnswer kept;
    std::unique_ptr<Turn> turn;
    bool wasBegun = false;  ///< an earlier one was, and its answer was lost with its daemon or its client
  };
  /// Waits for another request with this key. Errc::Usage when that was not the same request.
  Task<Entry> enter(std::string key, std::string digest);
  /// Keeps the answer for kAnswersKept.
  Task<void> keep(KeptAnswer answer);

private:
  void release(const std::string& key);
  Task<Entry> enterAlone(std::string key, std::string digest);

  Store& store_;
  Condition changed_;
  std::set<std::string> atWork_;
};

}  // namespace microvm
