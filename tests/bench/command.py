"""microvmctl as a whole process, against a program that does nothing."""
import subprocess
import time

import report
from daemon import Daemon, guest_spec

ROUNDS = 200


def _time(arguments, environment):
    begin = time.perf_counter()
    subprocess.run(arguments, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def run(options):
    with Daemon(options) as daemon:
        daemon.create("web", **guest_spec(options))
        ours, floor = [], []
        for _ in range(ROUNDS):
            floor.append(_time(["/bin/true"], daemon.environment))
            ours.append(_time([options.bin + "/microvmctl", "inspect", "web"], daemon.environment))
    report.figure("microvmctl inspect as a process, median", report.median(ours) * 1e3, "ms", bound=8, floor=report.median(floor) * 1e3)
