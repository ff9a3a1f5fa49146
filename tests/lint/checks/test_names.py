"""A test's name is a sentence that starts small (or with a number or an abbreviation), and stands once in its file."""
import re

from source_tree import line_of

_CASE = re.compile(r'^\s*(TEST_CASE|SUBCASE)(?:_[A-Z_]+)?\(\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s]))', re.M)


def check(tree) -> list[str]:
    complaints = []
    for path in tree.cpp("tests"):
        text = tree.files[path]
        seen = set()
        for match in _CASE.finditer(text):
            kind, name = match.group(1), match.group(2) or ""
            where = f"{path}:{line_of(text, match.start(1))}: the test name \"{name}\""
            if kind == "TEST_CASE":
                if " " not in name or not re.match(r"[a-z0-9]|[A-Z]{2,}\b", name):
                    complaints.append(f"{where} is not a sentence that starts with a small letter")
                if name in seen:
                    complaints.append(f"{where} stands there twice")
                seen.add(name)
    return complaints


GOOD = [{"tests/unit/a_test.cpp": 'TEST_CASE("a size is read") {}\nTEST_CASE("NUL is refused") {}\n'}]
BAD = [
    {"tests/unit/a_test.cpp": 'TEST_CASE("Size is read") {}\n'},
    {"tests/unit/a_test.cpp": 'TEST_CASE("size") {}\n'},
    {"tests/unit/a_test.cpp": 'TEST_CASE("a b") {}\nTEST_CASE("a b") {}\n'},
    {"tests/unit/a_test.cpp": "TEST_CASE(kName) {}\n"},
]
