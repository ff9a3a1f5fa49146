#!/usr/bin/env python3
"""Makes manual pages of what the programs say of themselves: `PROGRAM --help`, and `microvmctl COMMAND --help` for each command."""
import argparse
import gzip
import pathlib
import re
import subprocess

PAGES = {
    "microvmd": "background service that owns Linux microVMs",
    "microvmctl": "control microVMs and the service that owns them",
    "microvm-shim": "hold one running microVM",
    "vfkit-qemu": "run a virtual machine in QEMU with the command line of vfkit",
}


def said(program: pathlib.Path, *words: str) -> str:
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def verbatim(text: str) -> str:
    """Text as it is: no line of it is a request, no hyphen or backslash is changed."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def section(title: str, text: str) -> str:
    return f".SH {title}\n.nf\n{verbatim(text.strip())}\n.fi\n"


def commands(overview: str) -> list[str]:
    """The first word of every indented line of the lists of commands."""
    listed = overview.split("Options of every command:")[0]
    return re.findall(r"^  ([a-z-]+)(?:, [a-z]+)?  +\S", listed, flags=re.M)


def page(folder: pathlib.Path, name: str, purpose: str) -> str:
    version = said(folder / name, "--version").split()[-1].rstrip(")")
    overview = said(folder / name, "--help")
    text = f'.TH {name.upper()} 1 "" "microvm {version}" "microvm"\n.SH NAME\n{verbatim(name)} \\- {purpose}\n'
    text += section("DESCRIPTION", overview)
    if name == "microvmctl":
        for command in commands(overview):
            text += section(f'"{command.upper()}"', said(folder / name, command, "--help"))
    others = ", ".join(f"{other}(1)" for other in PAGES if other != name)
    return text + f".SH SEE ALSO\n{verbatim(others)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name, purpose in PAGES.items():
        packed = gzip.compress(page(options.programs, name, purpose).encode(), mtime=0)
        (options.output / f"{name}.1.gz").write_bytes(packed)


if __name__ == "__main__":
    main()
