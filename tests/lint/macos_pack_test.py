"""packaging/macos/pack, on programs that are none."""
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

_PACK = pathlib.Path(__file__).resolve().parents[2] / "packaging/macos/pack"
_SAMPLES = {"launchd/agent.plist", "launchd/daemon.plist", "homebrew/microvm.rb"}
_FURTHER = {"completions/microvmctl.bash", "completions/_microvmctl", "completions/microvmctl.fish", *_SAMPLES}
_PROGRAMS = ("microvmd", "microvm-shim", "vfkit-qemu", "microvmctl")


class Pack(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name in _PROGRAMS:
            (self.folder / name).write_text(name)

    def pack(self) -> pathlib.Path:
        done = subprocess.run([_PACK, self.folder], check=True, capture_output=True, text=True, timeout=60)
        return pathlib.Path(done.stdout.strip())

    def test_it_has_what_a_user_needs_and_nothing_else(self):
        with tarfile.open(self.pack()) as archive:
            files = {member.name.split("/", 1)[1]: member for member in archive if member.isfile()}

        texts = {"LICENSE", "LIBRARIES", "CHANGELOG.md", "INSTALL"}
        self.assertEqual(set(files), {*texts, *_FURTHER, *(f"bin/{name}" for name in _PROGRAMS)})
        self.assertTrue(all(files[name].mode == 0o644 for name in {*texts, *_FURTHER}))
        self.assertTrue(all(files[f"bin/{name}"].mode == 0o755 for name in _PROGRAMS))

    def test_only_samples_wait_to_be_filled_in(self):
        with tarfile.open(self.pack()) as archive:
            for member in archive:
                if member.isfile() and member.name.split("/", 1)[1] not in _SAMPLES:
                    text = archive.extractfile(member).read().decode()
                    for mark in ("@URL@", "@SHA256@", "/Users/"):
                        self.assertNotIn(mark, text, member.name)

    def test_its_text_tells_what_each_further_file_is_good_for(self):
        with tarfile.open(self.pack()) as archive:
            name = next(name for name in archive.getnames() if name.endswith("/INSTALL"))
            text = archive.extractfile(name).read().decode()
        for further in _FURTHER:
            self.assertIn(further, text)

    def test_the_same_programs_give_the_same_bytes(self):
        first = self.pack().read_bytes()
        self.assertEqual(self.pack().read_bytes(), first)


if __name__ == "__main__":
    told = subprocess.run(["tar", "--version"], check=False, capture_output=True, text=True).stdout
    if "GNU tar" not in told:
        print("needs GNU tar")
        sys.exit(77)
    unittest.main()
