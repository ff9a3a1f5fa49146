"""packaging/macos/check.py, on programs made up of nothing but what it looks at."""
import argparse
import importlib.util
import pathlib
import struct
import sys
import unittest

_PATH = pathlib.Path(__file__).resolve().parents[2] / "packaging/macos/check.py"
_SPEC = importlib.util.spec_from_file_location("check", _PATH)
check = importlib.util.module_from_spec(_SPEC)
sys.modules["check"] = check  # a dataclass looks its module up
_SPEC.loader.exec_module(check)

PROCESSORS = {name: number for number, name in check.ARCHITECTURES.items()}


def program(architecture="arm64", kind=2, minimum=(13, 0), libraries=("/usr/lib/libSystem.B.dylib",), signed=True, text=b"") -> bytes:
    commands = [struct.pack("<6I", 0x32, 24, 1, minimum[0] << 16 | minimum[1] << 8, 0, 0)]
    for name in libraries:
        path = name.encode() + b"\0" * (8 - len(name) % 8)
        commands.append(struct.pack("<6I", 0xC, 24 + len(path), 24, 0, 0, 0) + path)
    length = sum(map(len, commands)) + (16 if signed else 0)
    if signed:
        commands.append(struct.pack("<4I", 0x1D, 16, 32 + length, 8))
    head = struct.pack("<8I", 0xFEEDFACF, PROCESSORS[architecture], 0, kind, len(commands), length, 0, 0)
    return head + b"".join(commands) + (struct.pack(">2I", 0xFADE0CC0, 8) if signed else b"") + text


def both(*parts: bytes) -> bytes:
    at, places, body = 4096, b"", b""
    for part in parts:
        places += struct.pack(">5I", 0, 0, at + len(body), len(part), 12)
        body += part
    head = struct.pack(">2I", 0xCAFEBABE, len(parts)) + places
    return head + b"\0" * (at - len(head)) + body


def complaints(data: bytes, architectures=("arm64",)) -> list[str]:
    wanted = argparse.Namespace(minimum="13.0", architectures=list(architectures), without=["/builder/"])
    return check.complaints(check.slices(data), wanted)


class Check(unittest.TestCase):
    def test_a_program_as_it_should_be_is_passed(self):
        self.assertEqual(complaints(program()), [])
        self.assertEqual(complaints(both(program(), program("x86_64", signed=False)), ("arm64", "x86_64")), [])

    def test_what_is_read_is_what_was_written(self):
        found = check.slices(program(libraries=("/usr/lib/libSystem.B.dylib", "/usr/lib/libsqlite3.dylib")))[0]

        self.assertEqual((found.architecture, found.minimum, found.signed), ("arm64", "13.0", True))
        self.assertEqual(found.imports, ["/usr/lib/libSystem.B.dylib", "/usr/lib/libsqlite3.dylib"])

    def test_everything_wrong_is_told_at_once(self):
        data = program(minimum=(14, 2), libraries=("/opt/homebrew/lib/libfmt.dylib",), signed=False, text=b"/builder/a.cpp")

        told = complaints(data, ("x86_64",))

        self.assertEqual(len(told), 5)
        for part in ("not for x86_64", "14.2", "libfmt.dylib", "not signed", "/builder/"):
            self.assertTrue(any(part in each for each in told), part)

    def test_a_processor_that_is_missing_is_told(self):
        self.assertEqual(len(complaints(program(), ("arm64", "x86_64"))), 1)

    def test_what_is_no_program_is_refused(self):
        for data in (b"", b"\x7fELF" + b"\0" * 60, program(kind=1)):
            with self.assertRaises(check.Malformed):
                check.slices(data)


if __name__ == "__main__":
    unittest.main()
