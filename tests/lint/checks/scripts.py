"""Shell scripts parse, shellcheck has nothing to say, and Python compiles."""
import shutil
import subprocess


def shell_of(text: str) -> str:
    first = text.split("\n", 1)[0]
    return next((shell for shell in ("bash", "sh") if first in (f"#!/bin/{shell}", f"#!/usr/bin/env {shell}")), "")


def check(tree) -> list[str]:
    complaints, scripts = [], []
    for path, text in tree.files.items():
        shell = shell_of(text)
        if shell:
            parsed = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, check=False)
            if parsed.returncode:
                complaints.append(f"{path}: {parsed.stderr.strip()}")
            if tree.root:
                scripts.append(path)
                if not (tree.root / path).stat().st_mode & 0o100:
                    complaints.append(f"{path}: a script that nobody can execute")
        elif path.endswith(".py"):
            try:
                compile(text, path, "exec")
            except SyntaxError as error:
                complaints.append(f"{path}:{error.lineno}: {error.msg}")
    if scripts and shutil.which("shellcheck"):
        found = subprocess.run(["shellcheck", "--format=gcc", *scripts], cwd=tree.root, capture_output=True, text=True, check=False)
        complaints += found.stdout.splitlines()
    return complaints


GOOD = [{"a": "#!/bin/sh\nif true; then :; fi\n", "b.py": "x = 1\n"}]
BAD = [{"a": "#!/bin/sh\nif true; then\n"}, {"a": "#!/usr/bin/env bash\n(\n"}, {"b.py": "def\n"}]
