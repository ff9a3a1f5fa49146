"""packaging/bootstrap, on a Debian made up of a release file and of programs that say what a test wants."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

_PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
_PROGRAMS = {"uname": "echo Linux", "dpkg": "echo amd64", "dpkg-query": "exit 1", "apt-get": "exit 1"}


def missing_on(version: str, *sets: str) -> list[str]:
    """What it says is missing on a Debian of this version that has nothing."""
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        release = folder / "os-release"
        release.write_text(f'ID=debian\nVERSION_ID="{version}"\n' if version else "ID=debian\n")
        script = folder / "bootstrap"
        script.write_text((_PACKAGING / "bootstrap").read_text().replace("/etc/os-release", str(release)))
        shutil.copy(_PACKAGING / "packages.txt", folder)
        for name, text in _PROGRAMS.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        done = subprocess.run(["sh", script, "--dry-run", *sets], env=environment, check=False, capture_output=True, text=True, timeout=60)
        return done.stdout.split()[2:]
    finally:
        shutil.rmtree(folder)


class Bootstrap(unittest.TestCase):
    def test_virtiofsd_is_a_part_of_qemu_in_debian_12_and_a_package_later(self):
        self.assertIn("qemu-system-common", missing_on("12", "run"))
        self.assertNotIn("virtiofsd", missing_on("12", "run"))
        for version in ("13", "14", ""):
            self.assertIn("virtiofsd", missing_on(version, "run"))

    def test_boost_is_the_default_one_from_debian_13_on(self):
        self.assertIn("libboost1.81-dev", missing_on("12", "build"))
        self.assertIn("libboost-dev", missing_on("13", "build"))


if __name__ == "__main__":
    unittest.main()
