// The seed of cloud-init, read by a guest.
#include <doctest/doctest.h>

#include "tests/support/api.hpp"
#include "tests/support/direct_guest/direct_guest.hpp"
#include "tests/support/temp_dir.hpp"

using namespace microvm::test;

TEST_CASE("a guest finds the seed of cloud-init by its label and reads it") {
  const TempDir folder;
  const auto user = folder.write("user-data", "#cloud-config\nhostname: from-the-seed\n");
  const auto network = folder.write("network-config", "version: 2\n");
  DirectGuest guest({}, {"--cloud-init", user + "," + network});

  CHECK(guest.run("dd if=/dev/vda bs=1 skip=32808 count=6 2>/dev/null").find("cidata") != std::string::npos);
  guest.run("modprobe isofs && mkdir /seed && mount -t iso9660 -o ro /dev/vda /seed");
  CHECK(guest.run("ls -1 /seed").find("meta-data\nnetwork-config\nuser-data\n") != std::string::npos);
  CHECK(guest.run("cat /seed/user-data").find("hostname: from-the-seed") != std::string::npos);
  CHECK(guest.run("cat /seed/meta-data; cat /seed/network-config").find("version: 2") != std::string::npos);

  const auto inspect = Api(guest.socket(), Contract::Runner).get("/vm/inspect").json();
  const auto image = inspect.at("devices").back().at("imagePath").get<std::string>();
  CHECK(readText(image).size() > 40000);
  CHECK(guest.stop().code == 0);
  CHECK(readText(image).empty());
}
