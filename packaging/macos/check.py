#!/usr/bin/env python3
"""Looks into programs for macOS, without a Mac: the processors they are for, the oldest system that runs them, the libraries they
need, whether each processor's part is signed as what it is, and that no folder of the building machine is named in them. Prints a
line per program and processor."""
import argparse
import pathlib
import struct
import sys
from dataclasses import dataclass, field

import signature

ARCHITECTURES = {0x0100000C: "arm64", 0x01000007: "x86_64"}
THIN, FAT = 0xFEEDFACF, 0xCAFEBABE
LOAD_DYLIB, BUILD_VERSION = 0xC, 0x32
EXECUTABLE, MACOS = 2, 1
# What every macOS has; anything else would have to come with the programs.
LIBRARIES = {"/usr/lib/libSystem.B.dylib", "/usr/lib/libc++.1.dylib", "/usr/lib/libsqlite3.dylib"}


class Malformed(Exception):
    pass


@dataclass
class Slice:
    architecture: str
    data: bytes
    minimum: str = ""
    imports: list[str] = field(default_factory=list)
    unsigned: str = ""  # why it is not well signed


def read_slice(data: bytes) -> Slice:
    if len(data) < 32 or struct.unpack_from("<I", data)[0] != THIN:
        raise Malformed("not a program for macOS")
    processor, _, kind, count = struct.unpack_from("<4I", data, 4)
    if kind != EXECUTABLE:
        raise Malformed("a library or an object, not a program")
    found = Slice(ARCHITECTURES.get(processor, hex(processor)), data)
    at = 32
    for _ in range(count):
        command, size = struct.unpack_from("<2I", data, at)
        if command == LOAD_DYLIB:
            start = at + struct.unpack_from("<I", data, at + 8)[0]
            found.imports.append(data[start : at + size].split(b"\0")[0].decode())
        elif command == BUILD_VERSION:
            platform, version = struct.unpack_from("<2I", data, at + 8)
            if platform == MACOS:
                found.minimum = f"{version >> 16}.{version >> 8 & 255}"
        at += size
    found.unsigned = signature.complaint(data)
    return found


def slices(data: bytes) -> list[Slice]:
    if data[:4] != struct.pack(">I", FAT):
        return [read_slice(data)]
    count = struct.unpack_from(">I", data, 4)[0]
    places = [struct.unpack_from(">2I", data, 8 + 20 * index + 8) for index in range(count)]
    return [read_slice(data[offset : offset + size]) for offset, size in places]


def complaints(found: list[Slice], wanted: argparse.Namespace) -> list[str]:
    told = []
    architectures = sorted(each.architecture for each in found)
    if architectures != sorted(wanted.architectures):
        told.append(f"is for {' and '.join(architectures)}, not for {' and '.join(wanted.architectures)}")
    for each in found:
        if each.minimum != wanted.minimum:
            told.append(f"{each.architecture}: needs macOS {each.minimum or 'of an unknown version'}, not {wanted.minimum}")
        told += [f"{each.architecture}: needs {name}, which is not part of macOS" for name in each.imports if name not in LIBRARIES]
        # Apple's processors kill what is not signed; Intel's run it, but codesign --verify refuses the whole file.
        if each.unsigned:
            told.append(f"{each.architecture}: {each.unsigned}")
        told += [f"{each.architecture}: names {text}" for text in wanted.without if text.encode() in each.data]
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minimum", required=True, help="the oldest macOS that runs them, as 13.0")
    parser.add_argument("--architectures", required=True, nargs="+")
    parser.add_argument("--without", nargs="*", default=[], help="texts that are not to be in them")
    parser.add_argument("programs", nargs="+")
    wanted = parser.parse_args()
    failed = False
    for name in wanted.programs:
        path = pathlib.Path(name)
        try:
            found = slices(path.read_bytes())
        except (Malformed, signature.Unsignable, struct.error, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        for each in found:
            sign = "unsigned" if each.unsigned else "signed"
            libraries = " ".join(pathlib.PurePath(library).name for library in each.imports)
            print(f"{path.name:<14} {each.architecture:<7} {len(each.data):>9} bytes  macOS {each.minimum}  {sign:<8}  {libraries}")
        for text in complaints(found, wanted):
            print(f"{name}: {text}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
