// The coroutine type of the daemon. Include this one where a coroutine is declared; it costs little to compile.
//
// Rules (docs/developing.md): parameters by value; one plain co_await per statement, with no braces, no ?: and no
// lambda beside it (GCC 12 destroys such temporaries twice); nothing is spawned but through a TaskGroup.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/core/result.hpp"

namespace microvm {

namespace net = boost::asio;

/// A coroutine that ends with a T or an Error.
template <class T>
using Task = net::awaitable<Result<T>>;

/// The completion token of all I/O: `auto [ec, n] = co_await socket.async_read_some(buffer, kToken);`
inline constexpr auto kToken = net::as_tuple(net::use_awaitable);

}  // namespace microvm
