// The end of the host is the end of every VM: they are asked first.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "daemon/app/announcer.hpp"
#include "daemon/service/service.hpp"

namespace microvm {

/// Stops every VM, each by its own ladder, all at the same time, and ends when none is left or the longest ladder is
/// over. Both outlive it.
net::awaitable<void> stopEveryVm(Service* service, Announcer* announcer);

}  // namespace microvm
