#include "daemon/domain/definition/network_address.hpp"

#include <doctest/doctest.h>

using namespace microvm;

TEST_CASE("an address is a number or localhost, and a port") {
  CHECK(parseNetworkAddress("192.168.64.5:22") == NetworkAddress{"192.168.64.5", 22});
  CHECK(parseNetworkAddress("localhost:8080") == NetworkAddress{"127.0.0.1", 8080});
  CHECK(parseNetworkAddress("[::1]:65535") == NetworkAddress{"::1", 65535});
  CHECK(parseNetworkAddress("[fe80::1%en0]:22") == NetworkAddress{"fe80::1%en0", 22});

  for (const char* text : {"", "22", ":22", "web:22", "1.2.3:22", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536",
                           "1.2.3.4:22x", "::1:22", "[]:22", "[1.2.3.4]:22", "[fe80::1%]:22", "1.2.3.4 :22"}) {
    CAPTURE(text);
    CHECK_FALSE(parseNetworkAddress(text));
  }
}

TEST_CASE("a URL has an address, and a path that is / where there is none") {
  CHECK(parseHttpAddress("http://192.168.64.5:8080/healthz?full=1") ==
        HttpAddress{{"192.168.64.5", 8080}, "192.168.64.5:8080", "/healthz?full=1"});
  CHECK(parseHttpAddress("http://localhost") == HttpAddress{{"127.0.0.1", 80}, "localhost", "/"});
  CHECK(parseHttpAddress("http://[::1]/x") == HttpAddress{{"::1", 80}, "[::1]", "/x"});
  CHECK(parseHttpAddress("http://1.2.3.4?x") == HttpAddress{{"1.2.3.4", 80}, "1.2.3.4", "/?x"});

  for (const char* text : {"", "http://", "http:///x", "https://1.2.3.4/", "1.2.3.4/", "http://me@1.2.3.4/",
                           "http://1.2.3.4/a b", "http://1.2.3.4/#a", "http://web/", "http://1.2.3.4:0/"}) {
    CAPTURE(text);
    CHECK_FALSE(parseHttpAddress(text));
  }
}
