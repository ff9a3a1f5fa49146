"""Runs the named checks over the tree, or all of them: python3 tests/lint/run.py [NAME...] [--source FOLDER]

A check is a module of tests/lint/checks with
  check(tree)   complaints about a tree, one line each
  GOOD, BAD     samples, each a dictionary of path and text; every BAD one must be complained about, no GOOD one may be
and may have
  REPORT        True if its complaints are news rather than failures
  missing()     why it cannot run here, or ""
The samples run first, every time, so that a check that has gone blind fails.
"""
import argparse
import importlib
import pathlib
import sys

sys.dont_write_bytecode = True

from source_tree import Tree  # noqa: E402

SKIPPED = 77


def blind_spots(module) -> list[str]:
    found = []
    for number, sample in enumerate(module.BAD):
        if not module.check(Tree(sample)):
            found.append(f"bad sample {number} is not noticed: {sample}")
    for number, sample in enumerate(module.GOOD):
        complaints = module.check(Tree(sample))
        if complaints:
            found.append(f"good sample {number} is refused: {complaints[0]}")
    return found


def run(name: str, tree: Tree) -> int:
    module = importlib.import_module(f"checks.{name}")
    reason = getattr(module, "missing", lambda: "")()
    if reason:
        print(f"{name}: skipped: {reason}")
        return SKIPPED
    blind = blind_spots(module)
    complaints = blind or module.check(tree)
    for complaint in complaints:
        print(complaint)
    print(f"{name}: {len(complaints) or 'no'} complaint{'' if len(complaints) == 1 else 's'}")
    report = getattr(module, "REPORT", False) and not blind
    return 1 if complaints and not report else 0


def main() -> int:
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--source", type=pathlib.Path, default=here.parents[1])
    options = parser.parse_args()
    tree = Tree.read(options.source)
    results = [run(name, tree) for name in options.names or sorted(path.stem for path in (here / "checks").glob("*.py"))]
    return 1 if 1 in results else max(results)


if __name__ == "__main__":
    sys.exit(main())
