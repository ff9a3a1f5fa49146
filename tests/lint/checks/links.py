"""A link of a Markdown page to a file of the project has that file on its other end."""
import os
import re

from source_tree import line_of

_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def check(tree) -> list[str]:
    complaints = []
    known = set(tree.files) | {os.path.dirname(path) for path in tree.files}
    for path, text in tree.files.items():
        if not path.endswith(".md"):
            continue
        for match in _LINK.finditer(text):
            target = match.group(1)
            if ":" in target:
                continue
            there = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if there not in known and not any(name.startswith(f"{there}/") for name in known):
                complaints.append(f"{path}:{line_of(text, match.start())}: nothing is at {target}")
    return complaints


GOOD = [{"docs/a.md": "[x](../b.txt) [y](https://example.org) [z](adr/)\n", "b.txt": "", "docs/adr/1.md": ""}]
BAD = [{"docs/a.md": "[x](b.txt)\n"}]
