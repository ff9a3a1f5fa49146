"""packaging/macos/check.py and signature.py, on programs made up of nothing but what they look at."""
import argparse
import importlib
import pathlib
import struct
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "packaging/macos"))
check = importlib.import_module("check")
signature = importlib.import_module("signature")

PROCESSORS = {name: number for number, name in check.ARCHITECTURES.items()}


CONTENT = 4096  # where the code begins


def segment(name: str, offset: int, size: int, sections: bytes = b"") -> bytes:
    head = struct.pack("<2I16s", 0x19, 72 + len(sections), name.encode())
    return head + struct.pack("<4Q4I", 0, size, offset, size, 7, 7, len(sections) // 80, 0) + sections


def program(architecture="arm64", kind=2, minimum=(13, 0), libraries=("/usr/lib/libSystem.B.dylib",), signed=True, text=b"",
            content=CONTENT) -> bytes:
    code, symbols = b"\x90" * 6000 + text, b"\0_main\0"
    section = struct.pack("<16s16s2Q8I", b"__text", b"__TEXT", 0, len(code), content, 0, 0, 0, 0, 0, 0, 0)
    commands = [segment("__TEXT", 0, content + len(code), section), segment("__LINKEDIT", content + len(code), len(symbols)),
                struct.pack("<6I", 0x32, 24, 1, minimum[0] << 16 | minimum[1] << 8, 0, 0)]
    for name in libraries:
        path = name.encode() + b"\0" * (8 - len(name) % 8)
        commands.append(struct.pack("<6I", 0xC, 24 + len(path), 24, 0, 0, 0) + path)
    head = struct.pack("<8I", 0xFEEDFACF, PROCESSORS[architecture], 0, kind, len(commands), sum(map(len, commands)), 0, 0)
    data = (head + b"".join(commands)).ljust(content, b"\0") + code + symbols
    return signature.sign(data, "sample") if signed else data


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
        self.assertEqual(complaints(both(program(), program("x86_64")), ("arm64", "x86_64")), [])

    def test_each_processors_part_has_to_be_signed(self):
        told = complaints(both(program(), program("x86_64", signed=False)), ("arm64", "x86_64"))

        self.assertEqual(told, ["x86_64: is not signed"])

    def test_what_is_read_is_what_was_written(self):
        found = check.slices(program(libraries=("/usr/lib/libSystem.B.dylib", "/usr/lib/libsqlite3.dylib")))[0]

        self.assertEqual((found.architecture, found.minimum, found.unsigned), ("arm64", "13.0", ""))
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


class Signature(unittest.TestCase):
    def test_it_is_the_one_that_a_linker_makes(self):
        # Of ld64.lld for 49376 bytes with 49152 of code, but for the hashes of the pages.
        linkers = ("fade0cc00000022000000001000000000000001800000000fade0c020000020800020400000200020000006800000058000000000000000d"
                   "0000c0e02002000c0000000000000000000000000000000000000000000000000000000000000000000000000000c00000000000000000016164"
                   "686f632d7838365f3634000000")
        made = signature.signature_of(bytes(49376), signature.Segment(0, 0, 49152), b"adhoc-x86_64")

        self.assertEqual(made[:128].hex()[: len(linkers)], linkers)
        self.assertEqual(len(made), 0x220)

    def test_a_changed_byte_is_told_with_its_page(self):
        for at, page in ((50, "0x0"), (5000, "0x1000"), (10_000, "0x2000")):
            data = bytearray(program("x86_64"))
            data[at] ^= 1
            self.assertIn(page, signature.complaint(bytes(data)))

    def test_what_comes_behind_it_or_is_cut_off_is_told(self):
        self.assertIn("not at its end", signature.complaint(program() + b"\0"))
        self.assertIn("not at its end", signature.complaint(program()[:-1]))

    def test_a_signature_without_a_directory_is_told(self):
        data = bytearray(program())
        offset, _ = signature.read(bytes(data)).signature
        data[offset] = 0
        self.assertIn("no directory", signature.complaint(bytes(data)))

    def test_without_room_for_its_load_command_nothing_is_signed(self):
        length = signature.read(program(signed=False)).commands_end

        self.assertEqual(signature.complaint(program(content=length + 16)), "")
        with self.assertRaisesRegex(signature.Unsignable, "no room"):
            program(content=length + 15)

    def test_what_is_signed_is_not_signed_again(self):
        with self.assertRaisesRegex(signature.Unsignable, "already"):
            signature.sign(program(), "sample")

    def test_what_goes_on_behind_its_last_segment_is_not_signed(self):
        with self.assertRaisesRegex(signature.Unsignable, "__LINKEDIT"):
            signature.sign(program(signed=False) + b"more", "sample")


if __name__ == "__main__":
    unittest.main()
