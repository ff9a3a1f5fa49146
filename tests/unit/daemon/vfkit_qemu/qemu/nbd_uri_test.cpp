#include "daemon/vfkit_qemu/qemu/nbd_uri.hpp"

#include <doctest/doctest.h>

using namespace microvm;
using namespace microvm::vfkit_qemu;

TEST_CASE("a block server is named by host and port, or by a socket") {
  CHECK(parseNbdUri("nbd://host:1/a/b")->port == "1");
  CHECK(parseNbdUri("nbd://host:1/a/b")->exportName == "a/b");
  CHECK(parseNbdUri("nbd://host")->port == "10809");
  CHECK(parseNbdUri("nbd://host")->exportName.empty());
  CHECK(parseNbdUri("NBD://[::1]/x")->host == "::1");
  const auto local = parseNbdUri("nbd+unix:///e?x=1&socket=/run/a%20b.sock");
  REQUIRE(local);
  CHECK(local->socket == "/run/a b.sock");
  CHECK(local->exportName == "e");
  CHECK(local->host.empty());
}

TEST_CASE("an address that leads nowhere is refused with what is missing") {
  const auto why = [](const char* uri) { return parseNbdUri(uri).error().detail; };

  CHECK(why("") == "nbd uri  cannot be used: parse \"\": empty url");
  CHECK(why("nbd:///x") == "nbd uri nbd:///x cannot be used: it names no host: nbd://HOST[:PORT]/EXPORT");
  CHECK(why("nbd://h:70000/x") == "nbd uri nbd://h:70000/x cannot be used: 70000 is no port");
  CHECK(why("http://h/x") == "nbd uri http://h/x cannot be used: it begins neither with nbd:// nor with nbd+unix://");
  for (const char* uri :
       {"nbd+unix:///e", "nbd+unix:///e?socket=", "nbd+unix:///e?socket=rel", "nbd+unix://h/e?socket=/s"})
    CHECK(parseNbdUri(uri).error().detail.find("it names no socket") != std::string::npos);
  CHECK(why("nbds+unix:///e?socket=/s").find("speaks no TLS") != std::string::npos);
}
