// client/transport/endpoint.cpp
#include "client/transport/endpoint.hpp"

#include <doctest/doctest.h>

#include "client/transport/ssh_dialer.hpp"

using namespace microvm;
using namespace microvm::client;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("an address says how to get there, and what the daemon is called") {
  const RemoteSettings settings;

  CHECK(parseEndpoint("/run/api.sock", settings).value().name == "/run/api.sock");
  CHECK(parseEndpoint("unix:///run/api.sock", settings).value().name == "/run/api.sock");
  CHECK(parseEndpoint("ssh://me@mac:2222", settings).value().name == "ssh://me@mac:2222");
  CHECK(parseEndpoint("ssh://[fe80::1%en0]", settings));
}

TEST_CASE("what is no address, or would be an option of another program, is refused") {
  const RemoteSettings settings;
  for (const std::string bad : {"", "api.sock", "tcp://h", "http://h", "ssh://", "ssh://@h", "ssh://-h", "ssh://-u@h",
                                "ssh://h:0", "ssh://h:x", "ssh://h/path", "ssh://[::1", "ssh://h;x", "https://u@h"}) {
    CAPTURE(bad);
    CHECK(parseEndpoint(bad, settings).error().code == Errc::Usage);
  }
}

TEST_CASE("ssh is told the host behind all options") {
  CHECK(sshArguments({"", "mac", {}, "ssh"}) == Words{"ssh", "-T", "--", "mac", "microvmctl system dial-stdio"});
  CHECK(sshArguments({"me", "mac", 22, "ssh"}) ==
        Words{"ssh", "-T", "-p", "22", "-l", "me", "--", "mac", "microvmctl system dial-stdio"});
}
