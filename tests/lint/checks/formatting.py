"""Every C++ file looks as clang-format 14 with the tree's .clang-format writes it."""
import pathlib
import shutil
import subprocess
import tempfile

VERSION = "14"
ROOT = pathlib.Path(__file__).resolve().parents[3]


def formatter() -> str:
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout
            if f"version {VERSION}." in version:
                return name
    return ""


def missing() -> str:
    return "" if formatter() else f"clang-format {VERSION} is not installed; other versions write other code"


def complaints_in(folder: pathlib.Path, paths: list[str]) -> list[str]:
    found = subprocess.run([formatter(), "--dry-run", "-Werror", "--style=file", *paths], cwd=folder, capture_output=True, text=True, check=False)
    return [line for line in found.stderr.splitlines() if "clang-formatted" in line]


def check(tree) -> list[str]:
    paths = tree.cpp()
    if tree.root:
        return complaints_in(tree.root, paths) if paths else []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(ROOT / ".clang-format", folder)
        for path in paths:
            (folder / path).write_text(tree.files[path], encoding="utf-8")
        return complaints_in(folder, paths)


GOOD = [{"a.cpp": "int f() {\n  return 1;\n}\n"}]
BAD = [{"a.cpp": "int  f ( )\n{ return 1; }\n"}]
