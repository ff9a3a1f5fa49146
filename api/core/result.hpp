// Result<T>: a value or an Error, with the names of C++23's std::expected.
#pragma once
#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "api/core/error.hpp"

namespace microvm {

/// A T, or the Error that says why there is none. Converts from either. Reading the wrong side is a bug (assert).
template <class T>
class [[nodiscard]] Result {
public:
  using value_type = T;

  /// Needed by Asio, which default-constructs a coroutine's result before it has one.
  Result() : state_(Error{Errc::Internal, "no result", {}, {}}) {}
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return *get(); }
  const T& value() const& { return *get(); }
  T&& value() && { return std::move(*get()); }
  T& operator*() & { return *get(); }
  const T& operator*() const& { return *get(); }
  T&& operator*() && { return std::move(*get()); }
  T* operator->() { return get(); }
  const T* operator->() const { return get(); }

  Error& error() & { return *failure(); }
  const Error& error() const& { return *failure(); }
  Error&& error() && { return std::move(*failure()); }

  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? *get() : static_cast<T>(std::forward<U>(other));
  }

private:
  T* get() {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  const T* get() const {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  Error* failure() {
    assert(!has_value());
    return std::get_if<1>(&state_);
  }
  const Error* failure() const {
    assert(!has_value());
    return std::get_if<1>(&state_);
  }

  std::variant<T, Error> state_;
};

/// Success without a value, or an Error. Default-constructed it is success.
template <>
class [[nodiscard]] Result<void> {
public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  Error& error() & {
    assert(error_);
    return *error_;
  }
  const Error& error() const& {
    assert(error_);
    return *error_;
  }
  Error&& error() && {
    assert(error_);
    return std::move(*error_);
  }

private:
  std::optional<Error> error_;
};

}  // namespace microvm
