"""A file for one system has a twin for the other."""

SYSTEMS = ("linux", "macos")


def check(tree) -> list[str]:
    complaints = []
    for path in tree.cpp("api", "daemon", "client"):
        for system, other in (SYSTEMS, SYSTEMS[::-1]):
            ending = f"_{system}.cpp"
            twin = path.removesuffix(ending) + f"_{other}.cpp"
            if path.endswith(ending) and twin not in tree.files:
                complaints.append(f"{path}: no {twin}")
    return complaints


GOOD = [
    {"api/a_linux.cpp": "", "api/a_macos.cpp": ""},
    {"tests/support/a_linux.cpp": "", "daemon/a.cpp": ""},
]
BAD = [
    {"api/a_linux.cpp": ""},
    {"daemon/a_macos.cpp": ""},
    {"api/a_linux.cpp": "", "daemon/a_macos.cpp": ""},
]
