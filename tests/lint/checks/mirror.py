"""A report: which source files of the product have no unit test at their own path."""

REPORT = True


def check(tree) -> list[str]:
    complaints = []
    for path in tree.cpp("api", "daemon", "client"):
        stem = path.removesuffix(".cpp").removesuffix("_linux").removesuffix("_macos")
        if path.endswith(".cpp") and not path.endswith("/main.cpp") and f"tests/unit/{stem}_test.cpp" not in tree.files:
            complaints.append(f"{path}: no tests/unit/{stem}_test.cpp")
    return complaints


GOOD = [{"api/a.cpp": "", "tests/unit/api/a_test.cpp": ""}, {"api/a_linux.cpp": "", "api/a.hpp": "", "tests/unit/api/a_test.cpp": ""}]
BAD = [{"api/a.cpp": ""}, {"daemon/b_linux.cpp": ""}]
