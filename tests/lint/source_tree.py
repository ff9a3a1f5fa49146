"""The files of the project as a mapping of path and text, and C++ text without its comments and literals."""
import os
import pathlib
import re

IGNORED_FOLDERS = {".git", ".cache", "build", "__pycache__"}
CPP = (".cpp", ".hpp")

_LITERALS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<raw>[^()\s\\]{0,16})\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'""", re.S)


def without_literals(text: str) -> str:
    """Comments become blanks, literals become "" or '', and every line stays where it was."""

    def blank(match: re.Match[str]) -> str:
        found = match.group(0)
        quotes = "" if found.startswith("/") else ('""' if found.endswith('"') else "''")
        return quotes + "\n" * found.count("\n")

    return _LITERALS.sub(blank, text)


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


class Tree:
    def __init__(self, files: dict[str, str], root: pathlib.Path | None = None) -> None:
        self.files = files
        self.root = root
        self._code: dict[str, str] = {}

    @staticmethod
    def read(root: pathlib.Path) -> "Tree":
        files = {}
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name not in IGNORED_FOLDERS)
            for name in sorted(names):
                path = pathlib.Path(folder, name)
                if path.is_symlink() or name == ".git":
                    continue
                try:
                    files[str(path.relative_to(root))] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue
        return Tree(files, root)

    def cpp(self, *folders: str) -> list[str]:
        """The C++ files below any of these folders, or all of them."""
        prefixes = tuple(f"{folder}/" for folder in folders)
        return [path for path in self.files if path.endswith(CPP) and (not prefixes or path.startswith(prefixes))]

    def code(self, path: str) -> str:
        if path not in self._code:
            self._code[path] = without_literals(self.files[path])
        return self._code[path]
