"""The tree names no machine it was written on and no place that packages are fetched from."""
import re

from source_tree import line_of

# In brackets where the pattern would otherwise find itself.
PATTERNS = [
    (r"(?<![\w.])/(work|root|home|Users)/(?!me\b|you\b|user\b|alice\b)[a-z]", "a path of one machine"),
    (r"\bde[b]\.debian\.org|\bpyp[i]\.org|\bghc[r]\.io|\bdocke[r]\.io|\bregistr[y]\.npm|\bcrate[s]\.io|\bpk[g]\.dev", "a package registry's host"),
    (r"https?://[\w.-]*\b(proxy|mirror|artifactory|nexus|snapshot)\b[\w.-]*", "a package registry's host"),
    (r"\b(10|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+\.\d+(?!/\d|\d)\b", "an address of one network"),
]
# QEMU's user network is the same on every machine; tests may show addresses and paths as samples.
_ALLOWED = re.compile(r"^10\.0\.2\.\d+$|^192\.168\.64\.\d+$")
_SAMPLES = ("tests/lint/checks/machine.py", "LICENSE")


def check(tree) -> list[str]:
    complaints = []
    for path, text in tree.files.items():
        if path in _SAMPLES:
            continue
        for pattern, what in PATTERNS:
            for match in re.finditer(pattern, text):
                if not _ALLOWED.match(match.group(0)):
                    complaints.append(f"{path}:{line_of(text, match.start())}: {match.group(0)}: {what}")
    return complaints


GOOD = [{"docs/a.md": "see /home/me/vm and 10.0.2.15 and https://example.org/work/it\n"}]
BAD = [{"docs/a.md": "/home/zoe/project\n"}, {"a.txt": "/work/wt/x\n"}, {"a": "http://de" "b.debian.org/x\n"}, {"a": "10.1.2.3\n"}]
