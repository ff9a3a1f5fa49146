"""Files, functions, parameter lists and folders stay small enough to read."""
import os
import re

from source_tree import line_of

LINES = {".cpp": 600, ".hpp": 250}
FUNCTION = 60
PARAMETERS = 5
NAMES = 12
_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def bodies(code: str):
    """The functions of a file: where the header starts, the header, and where the body ends. What is inside a body is part of it."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda match: "\n" * match.group(0).count("\n"), code, flags=re.M)
    stack: list[bool] = []
    start, function = 0, None
    for match in re.finditer(r"[{};]", code):
        at, mark = match.start(), match.group(0)
        if mark == "{":
            header = code[start:at]
            inside = bool(stack) and stack[-1]
            opens = not inside and "(" in header and not _SCOPE.search(header.split("(")[0])
            if opens and function is None and "=" not in header.split("(")[0].replace("operator=", "").replace("operator==", ""):
                function = (start + len(header) - len(header.lstrip()), header, len(stack))
            stack.append(inside or function is not None)
        elif mark == "}" and stack:
            stack.pop()
            if function and len(stack) == function[2]:
                # A member initialised with braces is followed by more of the header.
                if not code[at + 1 :].lstrip().startswith((",", "{")):
                    yield function[0], function[1], at
                    function = None
                    start = at + 1
                continue
        if not (function and mark == ";"):
            start = at + 1


def parameters(header: str) -> int:
    """Commas of the first argument list, those in brackets of any kind not counted."""
    text = re.sub(r"^.*?operator *\(\)", "", header, flags=re.S)
    at = text.find("(")
    depth, count, seen = 0, 0, False
    for mark in text[at:]:
        depth += (mark in "(<{[") - (mark in ")>}]")
        seen = seen or (depth > 0 and mark not in "( \n")
        count += mark == "," and depth == 1
        if depth == 0:
            break
    return count + 1 if seen else 0


def check(tree) -> list[str]:
    complaints = []
    folders: dict[str, set[str]] = {}
    for path in tree.cpp("api", "daemon", "client", "tests"):
        stem, ending = os.path.splitext(path)
        name = re.sub(r"_(linux|macos)$", "", os.path.basename(stem))
        folders.setdefault(os.path.dirname(path), set()).add(name)
        lines = tree.files[path].count("\n")
        if lines > LINES[ending]:
            complaints.append(f"{path}: {lines} lines, at most {LINES[ending]}")
        code = tree.code(path)
        for start, header, end in bodies(code):
            length = code.count("\n", start, end) + 1
            if length > FUNCTION:
                complaints.append(f"{path}:{line_of(code, start)}: a function of {length} lines, at most {FUNCTION}")
            if not header.lstrip().startswith(("TEST_CASE", "SUBCASE")) and parameters(header) > PARAMETERS:
                complaints.append(f"{path}:{line_of(code, start)}: {parameters(header)} parameters, at most {PARAMETERS}")
    for folder, names in folders.items():
        if len(names) > NAMES:
            complaints.append(f"{folder}: {len(names)} names, at most {NAMES}: {', '.join(sorted(names))}")
    return complaints


_LONG = "  a();\n" * 60
GOOD = [
    {"api/a.cpp": "namespace x {\n" + "int f(int a) {\n  return 1;\n}\n" * 100 + "}\n"},
    {"api/a.cpp": "A::A(int a) : a_{a}, b_{1} {\n}\n" + "const int kTable[] = {\n" + "  1,\n" * 100 + "};\n"},
    {"api/a.hpp": "struct A {\n" + "  int f(std::map<int, int> a, int b, int c, int d, int e) { return 1; }\n" * 90 + "};\n"},
    {f"api/{name}{ending}": "" for name in "abcdefghijkl" for ending in (".cpp", ".hpp")},
]
BAD = [
    {"api/a.cpp": "\n" * 601},
    {"api/a.hpp": "\n" * 251},
    {"api/a.cpp": "namespace x {\nint f() {\n" + _LONG + "}\n}\n"},
    {"api/a.hpp": "struct A {\n  int b{1};\n  int f() const {\n" + _LONG + "  }\n};\n"},
    {"api/a.cpp": "A::A(int a) : a_{a}, b_{1} {\n" + _LONG + "}\n"},
    {"api/a.cpp": 'TEST_CASE("a b") {\n' + _LONG + "}\n"},
    {"api/a.cpp": "void f(int a, int b, int c, int d, int e, int g) {\n}\n"},
    {f"api/{name}.cpp": "" for name in "abcdefghijklm"},
]
