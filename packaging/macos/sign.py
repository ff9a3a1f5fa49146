#!/usr/bin/env python3
"""Signs programs for macOS ad hoc, without a Mac: those of one processor whose linker has not signed them. Others stay as they are."""
import argparse
import pathlib
import struct
import sys

import signature


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    for path in parser.parse_args().programs:
        try:
            data = path.read_bytes()
            if signature.read(data).signature is None:
                path.write_bytes(signature.sign(data, path.name))
        except (signature.Unsignable, struct.error, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
