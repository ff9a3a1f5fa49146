"""The types of events in docs/events.md are those that the daemon writes."""
import re

_PAGE = "docs/events.md"
# A type is a literal of its own; "vm.json" is a file's name.
_WRITTEN = re.compile(r'"((?:vm|store)\.[a-z][a-z-]*)"')
_NAMED = re.compile(r"`((?:vm|store)\.[a-z][a-z-]*)`")
_FILES = {"vm.json"}


def check(tree) -> list[str]:
    written: dict[str, str] = {}
    for path in tree.cpp("daemon"):
        text = re.sub(r"//[^\n]*", "", tree.files[path])
        for name in _WRITTEN.findall(text):
            written.setdefault(name, path)
    rows = [line for line in tree.files.get(_PAGE, "").splitlines() if line.startswith("|")]
    named = {name for row in rows for name in _NAMED.findall(row.split("|")[1])}
    complaints = [f"{path}: {_PAGE} has no row for {name}" for name, path in written.items() if name not in named | _FILES]
    return complaints + [f"{_PAGE}: nothing in daemon/ writes {name}" for name in sorted(named - set(written))]


_CODE = 'auto a = eventOf(vm, "vm.created");\nauto b = folder / "vm.json";\n// "vm.old" was one\n'
GOOD = [
    {"daemon/a.cpp": _CODE, _PAGE: "| `vm.created` | `vm.gone` is another one |\n"},
    {"daemon/a.cpp": 'x("vm.a");\ny("store.b");\n', _PAGE: "text of `vm.no`\n| `vm.a`, `store.b` | two |\n"},
]
BAD = [
    {"daemon/a.cpp": _CODE, _PAGE: "no row\n"},
    {"daemon/a.cpp": _CODE, _PAGE: "| `vm.created` | |\n| `vm.old` | |\n"},
    {"daemon/a.cpp": _CODE},
]
