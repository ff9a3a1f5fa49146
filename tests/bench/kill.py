"""The kill loop of tests/integration, longer and with a seed of today; then a short one with real guests."""
import os
import random
import subprocess

import report

ROUNDS = 2000
GUEST_ROUNDS = 30


def _loop(options, rounds, **more):
    build = os.path.dirname(options.bin)
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = dict(os.environ, MICROVM_BIN=options.bin, MICROVM_BUILD=build, MICROVM_SOURCE=source,
                       MICROVM_KILL_ROUNDS=str(rounds), MICROVM_KILL_SEED=str(random.randrange(1 << 32)), **more)
    ran = subprocess.run([build + "/tests/integration.survival.kill_loop"], env=environment, stdout=subprocess.PIPE, text=True)
    print(ran.stdout, end="", flush=True)
    # A loop that broke off has shown nothing, whatever it printed.
    return max(1, ran.stdout.count("ERROR: CHECK")) if ran.returncode != 0 else 0


def run(options):
    report.figure(f"{ROUNDS} rounds of kills with stand-ins, losses", _loop(options, ROUNDS), "", bound=0)
    guest = dict(MICROVM_KILL_GUESTS="1", MICROVM_GUEST=options.guest)
    report.figure(f"{GUEST_ROUNDS} rounds of kills with real guests, losses", _loop(options, GUEST_ROUNDS, **guest), "", bound=0)
