#include "daemon/domain/definition/nbd_address.hpp"

#include <doctest/doctest.h>

using namespace microvm;

namespace {

std::string problemOf(std::string_view uri) {
  return nbdProblem(uri).value_or("");
}

}  // namespace

TEST_CASE("addresses of servers and sockets are taken") {
  for (const char* uri :
       {"nbd://h", "nbd://h/", "nbd://h:10809/export", "nbds://disk-1.example:1/a/b", "nbd://192.0.2.1:65535",
        "nbd://[::1]", "nbd://[fe80::1%25en0]:10809/x", "nbd+unix:///?socket=/run/nbd.sock",
        "nbds+unix:///x?a=b&socket=/s", "nbd+unix:///a%2Cb?socket=%2Frun%2Fmy%20disk"}) {
    CAPTURE(uri);
    CHECK(problemOf(uri).empty());
  }
}

TEST_CASE("an address without a host is refused") {
  const std::string no = " names no host; write nbd://HOST:PORT/EXPORT";
  CHECK(problemOf("nbd:///x") == no);
  CHECK(problemOf("nbds://:10809/x") == no);
  CHECK(problemOf("nbd://?socket=/s") == no);
  CHECK(problemOf("nbd://[]/x") == no);
  CHECK(problemOf("nbd://me@h/x") ==
        " has \"me@h\" as its host; give a name, or an address, which stands in [] when it has colons");
  CHECK(problemOf("nbd://[::1/x").find("as its host") != std::string::npos);
  CHECK(problemOf("nbd://[h]/x").find("as its host") != std::string::npos);
  CHECK(problemOf("nbd://[::1]x/x") == " has \"x\" behind its host; write :PORT");
}

TEST_CASE("a port is one") {
  for (const char* uri : {"nbd://h:0/x", "nbd://h:65536", "nbd://h:x", "nbd://h:/x", "nbd://fe80::1/x",
                          "nbd://[::1]:99999999999/x", "nbd://h:-1/x"}) {
    CAPTURE(uri);
    CHECK(problemOf(uri).ends_with(" as its port; give 1 to 65535, or none for 10809"));
  }
}

TEST_CASE("a socket is named, and can be connected to") {
  const std::string no = " names no socket; write nbd+unix:///EXPORT?socket=/ABSOLUTE/PATH";
  CHECK(problemOf("nbd+unix:///x") == no);
  CHECK(problemOf("nbd+unix:///x?socket=") == no);
  CHECK(problemOf("nbd+unix:///x?socket=run/s") == no);
  CHECK(problemOf("nbd+unix:///x?sockets=/s") == no);
  CHECK(problemOf("nbd+unix://h/x?socket=/s") ==
        " names the host \"h\" beside a socket; write nbd+unix:///EXPORT?socket=/ABSOLUTE/PATH");
  CHECK(problemOf("nbd+unix:///x?socket=/a%00b").find("control character") != std::string::npos);
  CHECK(problemOf("nbd+unix:///x?socket=/" + std::string(103, 's')) ==
        " has a socket's path of 104 bytes; at most 103 are taken: choose a shorter name");
}

TEST_CASE("text that a runner would read otherwise is refused") {
  CHECK(problemOf("http://x").starts_with(" is not the address of an export"));
  CHECK(problemOf("nbd://").starts_with(" is not the address of an export"));
  CHECK(problemOf("nbd://h/" + std::string(1023, 'x')) == " is too long; at most 1023 bytes are taken");
  CHECK(problemOf("nbd://h/a b").ends_with("write it as %20 and the like"));
  CHECK(problemOf("nbd://h/a,b").ends_with("write it as %2C"));
  CHECK(problemOf("nbd://h/a#b").ends_with("write it as %23"));
  CHECK(problemOf("nbd://h/a%2") == " has a % that begins no %XX; write it as %25");
  CHECK(problemOf("nbd://h/%zz") == " has a % that begins no %XX; write it as %25");
}

TEST_CASE("an s in front of the colon or the plus is TLS") {
  CHECK(isNbdOverTls("nbds://h"));
  CHECK(isNbdOverTls("nbds+unix:///x?socket=/s"));
  CHECK_FALSE(isNbdOverTls("nbd://h"));
  CHECK_FALSE(isNbdOverTls("nbd+unix:///x?socket=/s"));
}
