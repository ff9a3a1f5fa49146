#!/usr/bin/env python3
"""Gives the recorded command lines to a program that takes vfkit's, vfkit itself on a Mac, and compares what its parser says.

No VM comes of it: what the parser accepts ends with a kernel that is not there, or with a machine that cannot run VMs.
"""
import json
import pathlib
import re
import subprocess
import sys

VECTORS = pathlib.Path(__file__).with_name("vfkit-vectors.json")
LIMIT = 30
# What a run says that went further than its arguments: to the boot files, or to the machine that is made of it all.
BEYOND = re.compile(r"no such file or directory|does not exist|VZErrorDomain|Virtualization|entitlement|not supported|variable store|empty url|needs memory", re.I)
# The parser itself opens disks.
WITHIN = re.compile(r"failed to open file")


def verdict(program: str, arguments: list[str]) -> tuple[bool, str]:
    """Whether the arguments were accepted, and the last thing said."""
    try:
        run = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return True, f"still runs after {LIMIT} s"
    said = [line for line in run.stderr.splitlines() if line.strip()]
    last = said[-1] if said else ""
    return run.returncode == 0 or bool(BEYOND.search(last) and not WITHIN.search(last)), last


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: vfkit_parser.py PROGRAM", file=sys.stderr)
        return 2
    rows = json.loads(VECTORS.read_text(encoding="utf-8"))
    wrong = 0
    for row in rows:
        accepted, said = verdict(sys.argv[1], row["argv"])
        if accepted != row["accepted"]:
            wrong += 1
            print(f"{'accepted' if accepted else 'refused'}, recorded otherwise: {row['argv']}\n    {said}")
    print(f"{len(rows) - wrong} of {len(rows)} as recorded")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
