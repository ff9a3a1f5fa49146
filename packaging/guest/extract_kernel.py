"""Takes the uncompressed kernel out of a bzImage: QEMU starts it sooner, through its PVH entry.

An image that is not an LZ4 bzImage, or no lz4 at hand, is copied as it is: that starts as well, only later.
"""
import shutil
import struct
import subprocess
import sys

LZ4_LEGACY = b"\x02\x21\x4c\x18"


def payload_of(image: bytes) -> bytes:
    """The compressed kernel of a bzImage of boot protocol 2.08 or newer, without the length behind it; b"" for any other file."""
    if len(image) < 0x250 or image[0x202:0x206] != b"HdrS" or struct.unpack_from("<H", image, 0x206)[0] < 0x208:
        return b""
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    return image[start : start + length - 4]


def main() -> None:
    source, target = sys.argv[1:3]
    with open(source, "rb") as file:
        payload = payload_of(file.read())
    if payload.startswith(LZ4_LEGACY) and shutil.which("lz4"):
        # lz4 may complain about the end of the stream; what counts is an ELF file on its other side.
        kernel = subprocess.run(["lz4", "-dcq"], input=payload, capture_output=True, check=False).stdout
        if kernel.startswith(b"\x7fELF"):
            with open(target, "wb") as file:
                file.write(kernel)
            return
    shutil.copyfile(source, target)


if __name__ == "__main__":
    main()
