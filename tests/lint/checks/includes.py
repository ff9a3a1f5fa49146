"""An #include of a folder of the project needs that folder on the includer's line of dependencies.txt.

A folder that is only linked through another does not count: the table is the whole truth. Libraries from outside may come through a
folder on the line. A test may include what its subject may.
"""
import os
import re

TABLE = "packaging/cmake/dependencies.txt"
EXTERNAL = {"fmt/": "fmt", "spdlog/": "log", "boost/asio": "asio", "boost/beast": "beast", "nlohmann/": "json", "SQLiteCpp/": "sqlite",
            "CLI/": "cli", "yaml-cpp/": "yaml"}
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)


class Table:
    def __init__(self, text: str) -> None:
        self.words: dict[str, list[str]] = {}
        self.suites: dict[str, list[str]] = {}
        for line in text.splitlines():
            match = re.match(r"(library|program|tests|suite) +([^:]+?) *:(.*)$", line)
            if not match:
                continue
            kind, names, words = match.group(1), match.group(2).split(), match.group(3).split()
            if kind == "suite":
                self.suites[f"tests/{names[0]}"] = words
            elif kind == "tests":
                self.words.setdefault(f"tests/unit/{names[0]}", []).extend(words)
            else:
                self.words.setdefault(names[-1], []).extend(words)

    def folders(self, place: str) -> set[str]:
        """The folders of the project that files of this folder may include."""
        if place in self.suites:
            listed = {word for word in self.suites[place] if word[0] not in "@~"}
            return listed.union(*(self.folders(folder) for folder in listed))
        subject = place.removeprefix("tests/unit/")
        found = {place, subject}
        for line in {place, subject}:
            found |= {word for word in self.words.get(line, []) if word[0] not in "@~"}
        return found | ({"tests/support"} if place.startswith("tests/") else set())

    def externals(self, place: str) -> set[str]:
        subject = place.removeprefix("tests/unit/")
        own = [word for line in {place, subject} for word in self.words.get(line, []) + self.suites.get(line, [])]
        found = {word[1:] for word in own if word[0] in "@~"}
        todo = [word for word in own if word[0] not in "@~"]
        seen = set()
        while todo:
            folder = todo.pop()
            if folder not in seen:
                seen.add(folder)
                found |= {word[1:] for word in self.words.get(folder, []) if word[0] == "@"}
                todo += [word for word in self.words.get(folder, []) if word[0] not in "@~"]
        return found


def complaint_about(table: Table, place: str, project: str, outside: str) -> str:
    if project.startswith("embedded/"):
        return ""
    if project:
        folder = os.path.dirname(project)
        if not folder:
            return f'"{project}" has no path from the root'
        return "" if folder in table.folders(place) else f"{folder} is not on the line of {place}"
    for prefix, word in EXTERNAL.items():
        if outside.startswith(prefix) and word not in table.externals(place):
            return f"@{word} is not on the line of {place}"
    return ""


def check(tree) -> list[str]:
    table = Table(tree.files[TABLE])
    complaints = []
    for path in tree.cpp("api", "daemon", "client", "tests"):
        place = os.path.dirname(path)
        for match in _INCLUDE.finditer(tree.files[path]):
            problem = complaint_about(table, place, match.group(1) or "", match.group(2) or "")
            if problem:
                line = tree.files[path].count("\n", 0, match.start()) + 1
                complaints.append(f"{path}:{line}: {problem} in {TABLE}")
    return complaints


_TABLE = "library a/low : @fmt\nlibrary a/mid : a/low ~log\nlibrary api/top : a/mid @asio\nprogram p api/top : api/top\nsuite e2e : api/top\n"


def _sample(path: str, include: str) -> dict[str, str]:
    return {TABLE: _TABLE, path: f"#include {include}\n"}


GOOD = [_sample("api/top/x.cpp", '"a/mid/x.hpp"'), _sample("api/top/x.cpp", "<boost/asio/awaitable.hpp>"), _sample("api/top/x.cpp", "<fmt/core.h>"),
        _sample("tests/unit/api/top/x_test.cpp", '"a/mid/x.hpp"'), _sample("tests/e2e/x_test.cpp", '"a/mid/x.hpp"'),
        _sample("api/top/x.cpp", '"embedded/x.hpp"')]
BAD = [_sample("api/top/x.cpp", '"a/low/x.hpp"'), _sample("api/top/x.cpp", '"x.hpp"'), _sample("api/top/x.cpp", "<spdlog/spdlog.h>"),
       _sample("api/top/x.cpp", "<nlohmann/json.hpp>"), _sample("tests/unit/api/top/x_test.cpp", '"a/low/x.hpp"')]
