"""packaging/quickstart, interrupted in a long step: in a tree where that step starts a program that does not end by itself."""
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import unittest

_QUICKSTART = pathlib.Path(__file__).resolve().parents[2] / "packaging/quickstart"
_SECONDS = 60


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        # As long as anybody has it open, something of the step is there.
        self.held = self.folder / "held"
        os.mkfifo(self.held)
        (self.folder / "packaging").mkdir()
        shutil.copy(_QUICKSTART, self.folder / "packaging")
        self.write("packaging/bootstrap", "exit 0")
        self.write("bin/cmake", f'{{ echo begun; exec sleep 600; }} >"{self.held}" &\nwait')

    def write(self, name: str, text: str):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def start(self) -> subprocess.Popen:
        environment = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        guest = ["--kernel", "/dev/null", "--initrd", "/dev/null"]
        return subprocess.Popen(["sh", self.folder / "packaging/quickstart", *guest], env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def next_from(self, reader: int) -> bytes:
        self.assertTrue(select.select([reader], [], [], _SECONDS)[0], "nothing within a minute")
        return os.read(reader, 100)

    def test_what_a_step_has_started_ends_with_it(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            reader = os.open(self.held, os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, reader)
            process = self.start()
            self.assertEqual(self.next_from(reader), b"begun\n")

            process.send_signal(number)

            self.assertEqual(process.wait(_SECONDS), status)
            self.assertEqual(self.next_from(reader), b"", "something of the step goes on")


if __name__ == "__main__":
    unittest.main()
