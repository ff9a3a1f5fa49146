#include "daemon/files/volume_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>

#include "tests/support/temp_dir.hpp"

using namespace microvm;
namespace fs = std::filesystem;

namespace {

struct Images {
  test::TempDir folder;

  [[nodiscard]] std::string at(const std::string& name) const { return folder.path() + "/" + name; }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
    return at(name);
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
  }
};

std::vector<std::string> problems(const ImageFile& image, bool isReadOnly = false) {
  std::vector<FieldError> errors;
  checkImage(image, isReadOnly, "/v", errors);
  std::vector<std::string> texts;
  for (const FieldError& error : errors)
    texts.push_back(error.pointer + " " + error.detail);
  return texts;
}

std::string bytesAt(const std::string& path, std::streamoff offset, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(offset);
  std::string bytes(count, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  return bytes;
}

using Texts = std::vector<std::string>;

Definition with(const std::string& path, bool isReadOnly) {
  Definition definition;
  definition.name = "ours";
  definition.volumes = {{ImageFile{path}, "", isReadOnly}};
  return definition;
}

}  // namespace

TEST_CASE("a new image appears whole, with its file system and label") {
  const Images images;
  const ImageFile image{images.at("new, one.img"), 16 * kMiB, true, "ext4", "root", {"-m", "0"}};
  CHECK(problems(image).empty());

  REQUIRE(prepareImage(image));

  CHECK(fs::file_size(image.path) == 16 * kMiB);
  CHECK(bytesAt(image.path, 1024 + 56, 2) == "\x53\xef");  // the magic of ext4's superblock
  CHECK(bytesAt(image.path, 1024 + 120, 4) == "root");
  CHECK(images.count() == 1);
}

TEST_CASE("an image whose file system cannot be made does not appear, and mkfs is heard") {
  const Images images;
  const ImageFile image{images.at("new.img"), 16 * kMiB, true, "ext4", "", {"--no-such-option"}};

  const auto made = prepareImage(image);

  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::Invalid);
  CHECK(made.error().detail.starts_with("mkfs.ext4 cannot make ext4 for " + image.path + ": \""));
  CHECK(made.error().detail.find("option") != std::string::npos);
  CHECK(made.error().detail.find("Usage") == std::string::npos);
  CHECK(images.count() == 0);
}

TEST_CASE("what an interrupted creation left does not stand in the way") {
  const Images images;
  images.file("new.img.new", "half of it");
  const ImageFile image{images.at("new.img"), 2 * kMiB, true};

  REQUIRE(prepareImage(image));

  CHECK(fs::file_size(image.path) == 2 * kMiB);
  CHECK(images.count() == 1);
}

TEST_CASE("an image grows to its size and keeps what is in it") {
  const Images images;
  ImageFile image{images.file("a.img", "data"), 2 * kMiB, false};

  REQUIRE(prepareImage(image));

  CHECK(fs::file_size(image.path) == 2 * kMiB);
  CHECK(bytesAt(image.path, 0, 4) == "data");

  image.size = kMiB;
  CHECK(problems(image) == Texts{"/v/size 1MiB is smaller than " + image.path +
                                 ", which has 2MiB: an image is never cut; give its size or leave size out"});
  REQUIRE(prepareImage(image));
  CHECK(fs::file_size(image.path) == 2 * kMiB);
}

TEST_CASE("images that cannot be used say why") {
  const Images images;
  CHECK(problems({images.at("none")}) == Texts{"/v/image " + images.at("none") +
                                               " cannot be opened for writing: no such file or directory; autoCreate "
                                               "with size makes it"});
  CHECK(problems({images.file("empty", "")}) ==
        Texts{"/v/image " + images.at("empty") + " is empty; give size to make it so large"});
  CHECK(
      problems({images.folder.path()}, true) ==
      Texts{"/v/image " + images.folder.path() + " is not a regular file; a disk of the host is a volume with device"});
  CHECK(problems({images.file("q", "QFI\xfb and so on")})[0].find("qemu-img convert -O raw") != std::string::npos);
  fs::create_symlink(images.at("loop-b"), images.at("loop-a"));
  fs::create_symlink(images.at("loop-a"), images.at("loop-b"));
  CHECK(problems({images.at("loop-a"), kMiB, true}).size() == 1);
  CHECK(problems({images.at("no/folder.img"), kMiB, true}).size() == 1);
}

TEST_CASE("an image that another VM has is known under every name") {
  const Images images;
  const std::string path = images.file("a.img", "data");
  fs::create_hard_link(path, images.at("b.img"));
  fs::create_symlink(path, images.at("c.img"));

  for (const std::string& name : {path, images.at("b.img"), images.at("c.img")}) {
    CAPTURE(name);
    const auto free = checkImagesFree(with(name, false), {{"web", path, true}});
    REQUIRE_FALSE(free);
    CHECK(free.error().code == Errc::InUse);
    CHECK(free.error().hint == "microvmctl stop web");
    CHECK(free.error().errors[0].pointer == "/spec/volumes/0/image");
  }
  CHECK(checkImagesFree(with(path, true), {{"web", path, true}}));
  CHECK(checkImagesFree(with(path, false), {{"web", images.file("other", "x"), false}}));
}

TEST_CASE("a firmware's variables are an image that is written") {
  const Images images;
  Definition ours;
  ours.name = "ours";
  ours.boot = EfiBoot{images.file("efi.vars", "data")};
  CHECK(imagesOf(ours) == std::vector<ImageUse>{{"ours", images.at("efi.vars"), false}});
  fs::create_symlink(images.at("efi.vars"), images.at("link"));

  const auto free = checkImagesFree(ours, {{"web", images.at("link"), true}});

  REQUIRE_FALSE(free);
  CHECK(free.error().detail == "the variable store " + images.at("efi.vars") + " is in use by VM web");
  CHECK(free.error().errors == std::vector<FieldError>{{"/spec/boot/efi/variableStore",
                                                        "in use by VM web, which names it " + images.at("link")}});
  CHECK(imagesOf(with("/a", true)) == std::vector<ImageUse>{{"ours", "/a", true}});
}

TEST_CASE("variables that two VMs are to make are one file too") {
  const Images images;
  Definition ours;
  ours.boot = EfiBoot{images.at("new.vars")};
  fs::create_symlink(images.folder.path(), images.at("self"));

  CHECK_FALSE(checkImagesFree(ours, {{"web", images.at("self/new.vars"), false}}));
  CHECK(checkImagesFree(ours, {{"web", images.at("self/other.vars"), false}}));
}
