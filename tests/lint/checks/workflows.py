"""The workflows of GitHub are YAML, wait for jobs that there are, and call scripts that there are."""
import re

try:
    import yaml
except ImportError:
    yaml = None

_SCRIPT = re.compile(r"(?<![\w./-])((?:packaging|tests|\.ci)/[\w./-]+)")


def missing() -> str:
    return "" if yaml else "PyYAML is not installed"


def check(tree) -> list[str]:
    complaints = []
    for path, text in tree.files.items():
        if not path.startswith(".github/workflows/"):
            continue
        try:
            jobs = yaml.safe_load(text)["jobs"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            complaints.append(f"{path}: no workflow: {str(error).splitlines()[0]}")
            continue
        for name, job in jobs.items():
            needs = job.get("needs", [])
            complaints += [f"{path}: {name} waits for {other}, which is no job" for other in ([needs] if isinstance(needs, str) else needs) if other not in jobs]
            for step in job["steps"]:
                for script in _SCRIPT.findall(step.get("run", "")):
                    if script not in tree.files:
                        complaints.append(f"{path}: {name} calls {script}, which is not there")
    return complaints


_JOB = "jobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: y\n      - run: tests/run --quick\n"
GOOD = [
    {".github/workflows/a.yml": _JOB, "tests/run": ""},
    {".github/workflows/a.yml": _JOB + "  b:\n    needs: a\n    steps: []\n", "tests/run": ""},
]
BAD = [
    {".github/workflows/a.yml": _JOB},
    {".github/workflows/a.yml": "jobs: [\n"},
    {".github/workflows/a.yml": "on: push\n"},
    {".github/workflows/a.yml": _JOB + "  b:\n    needs: [c]\n    steps: []\n", "tests/run": ""},
]
