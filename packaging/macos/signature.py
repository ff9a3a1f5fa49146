"""The code signature of a program for macOS: made ad hoc, as a linker makes it, and checked. Of programs of one processor."""
import hashlib
import struct
from dataclasses import dataclass

SEGMENT, CODE_SIGNATURE = 0x19, 0x1D
EMBEDDED, DIRECTORY = 0xFADE0CC0, 0xFADE0C02
AD_HOC, LINKER_SIGNED = 0x2, 0x20000
SHA256, MAIN_BINARY = 2, 1
HEADER, ENTRY = 32, 16  # of the program, and of LC_CODE_SIGNATURE
MEMORY_PAGE = {0x01000007: 0x1000, 0x0100000C: 0x4000}  # x86_64, arm64
# Up to execSegFlags, which is version 2.4: magic, length, version, flags, hashes, name, special slots, slots, limit; size of a hash,
# its kind, platform, page; spare, scatter, team, spare; limit of 64 bits; base, limit and flags of the segment that is executed.
FIELDS = struct.Struct(">9I4B4I4Q")
VERSION = 0x20400
PAGE = 12  # as a power of two


class Unsignable(Exception):
    pass


@dataclass
class Segment:
    at: int  # of its load command
    offset: int
    size: int


@dataclass
class Program:
    data: bytes
    commands_end: int
    content: int  # where the first section begins
    segments: dict[str, Segment]
    signature: tuple[int, int] | None  # offset and length


def read(data: bytes) -> Program:
    count, length = struct.unpack_from("<2I", data, 16)
    found = Program(data, HEADER + length, len(data), {}, None)
    at = HEADER
    for _ in range(count):
        command, size = struct.unpack_from("<2I", data, at)
        if size < 8 or at + size > found.commands_end:
            raise Unsignable("its load commands are damaged")
        if command == SEGMENT:
            name = data[at + 8 : at + 24].rstrip(b"\0").decode()
            offset, in_file = struct.unpack_from("<2Q", data, at + 40)
            found.segments[name] = Segment(at, offset, in_file)
            for section in range(struct.unpack_from("<I", data, at + 64)[0]):
                begin = struct.unpack_from("<I", data, at + 72 + 80 * section + 48)[0]
                found.content = min(found.content, begin or found.content)
        elif command == CODE_SIGNATURE:
            found.signature = struct.unpack_from("<2I", data, at + 8)
        at += size
    return found


def hashes(code: bytes, page: int) -> list[bytes]:
    return [hashlib.sha256(code[at : at + page]).digest() for at in range(0, len(code), page)]


def round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def layout(name: bytes) -> tuple[int, int]:
    """Where the directory begins in a signature, and where its hashes do."""
    directory = round_up(12 + 8, 8)
    return directory, round_up(directory + FIELDS.size + len(name) + 1, 16)


def signature_of(code: bytes, text: Segment, name: bytes) -> bytes:
    directory, slots = layout(name)
    pages = hashes(code, 1 << PAGE)
    size = slots + 32 * len(pages)
    head = struct.pack(">5I", EMBEDDED, size, 1, 0, directory).ljust(directory, b"\0")
    fields = FIELDS.pack(DIRECTORY, size - directory, VERSION, AD_HOC | LINKER_SIGNED, slots - directory, FIELDS.size, 0, len(pages),
                         len(code), 32, SHA256, 0, PAGE, 0, 0, 0, 0, 0, text.offset, text.size, MAIN_BINARY)
    return (head + fields + name).ljust(slots, b"\0") + b"".join(pages)


def sign(data: bytes, name: str) -> bytes:
    """The program with a signature by nobody, which says that it is whole. `name` is what macOS shows for it."""
    found = read(data)
    if found.signature:
        raise Unsignable("it is signed already")
    if found.commands_end + ENTRY > found.content:
        raise Unsignable("there is no room behind its load commands; link it with -Wl,-headerpad,0x100")
    last, text = found.segments.get("__LINKEDIT"), found.segments.get("__TEXT")
    if last is None or text is None or last.offset + last.size != len(data):
        raise Unsignable("it does not end with the segment __LINKEDIT")

    offset = round_up(len(data), 16)
    size = layout(name.encode())[1] + 32 * -(-offset >> PAGE)
    size_in_file = offset + size - last.offset
    code = bytearray(data.ljust(offset, b"\0"))
    count, length = struct.unpack_from("<2I", code, 16)
    struct.pack_into("<2I", code, 16, count + 1, length + ENTRY)
    struct.pack_into("<4I", code, found.commands_end, CODE_SIGNATURE, ENTRY, offset, size)
    struct.pack_into("<Q", code, last.at + 32, round_up(size_in_file, MEMORY_PAGE[struct.unpack_from("<I", code, 4)[0]]))
    struct.pack_into("<Q", code, last.at + 48, size_in_file)
    return bytes(code) + signature_of(bytes(code), text, name.encode())


def directory_of(blob: bytes) -> bytes | None:
    if len(blob) < 12 or struct.unpack_from(">I", blob)[0] != EMBEDDED:
        return None
    for index in range(struct.unpack_from(">I", blob, 8)[0]):
        kind, at = struct.unpack_from(">2I", blob, 12 + 8 * index)
        if kind == 0 and struct.unpack_from(">I", blob, at)[0] == DIRECTORY:
            return blob[at : at + struct.unpack_from(">I", blob, at + 4)[0]]
    return None


def complaint(data: bytes) -> str:
    """What is wrong with a program's signature, or nothing. It does not ask who signed."""
    found = read(data)
    if not found.signature:
        return "is not signed"
    offset, length = found.signature
    last = found.segments.get("__LINKEDIT")
    if offset + length != len(data) or last is None or last.offset + last.size != len(data):
        return "its signature is not at its end"
    directory = directory_of(data[offset:])
    if directory is None or len(directory) < FIELDS.size:
        return "its signature has no directory of hashes"
    slots, _, _, count, limit, hash_size, kind, _, page = FIELDS.unpack_from(directory)[4:13]
    if (hash_size, kind) != (32, SHA256):
        return "its signature is not of SHA-256"
    if limit != offset:
        return f"its signature is of its first {limit} bytes, not of all {offset}"
    wanted = hashes(data[:offset], 1 << page)
    if count != len(wanted):
        return f"its signature is of {count} pages, not of {len(wanted)}"
    told = [directory[slots + 32 * index :][:32] for index in range(count)]
    wrong = [index for index, (one, other) in enumerate(zip(told, wanted)) if one != other]
    return f"its signature is of other bytes, in {len(wrong)} of {count} pages, the first at {wrong[0] << page:#x}" if wrong else ""
