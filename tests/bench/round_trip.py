"""Random definitions with nasty text, encoded into a command line, parsed as vfkit does and compared: 100,000 of them."""
import os
import subprocess
import time

import report

ROUNDS = 100_000


def run(options):
    test = os.path.join(os.path.dirname(options.bin), "tests", "unit.daemon.runner.vfkit.encoder")
    begin = time.perf_counter()
    subprocess.run([test, "--test-case=every command line*"], env={**os.environ, "MICROVM_ROUNDS": str(ROUNDS)}, stdout=subprocess.DEVNULL, check=True)
    report.figure(f"{ROUNDS:,} definitions encoded, parsed and compared", time.perf_counter() - begin, "s")
