"""From the start request to the runner's exec, by the shim's clock; against one posix_spawn of a program."""
import calendar
import os
import subprocess
import sys
import tempfile
import time

import report
from daemon import Daemon, guest_spec

ROUNDS = 40


def _milliseconds(text):
    whole = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    return whole * 1000 + int(text[20:23])


def _runner(folder):
    """A runner that notes when it began and stays until it is killed."""
    path = os.path.join(folder, "runner")
    with open(path, "w") as file:
        file.write("#!/bin/sh\nexec tail -f /dev/null\n")
    os.chmod(path, 0o755)
    return path


def run(options):
    with tempfile.TemporaryDirectory(prefix="mvb-", dir="/tmp") as folder:
        runner = _runner(folder)
        with Daemon(options, "--vfkit-qemu", runner, "--vfkit", runner) as daemon:
            daemon.create("web", **guest_spec(options))
            ours, floor = [], []
            for _ in range(ROUNDS):
                begin = time.perf_counter()
                child = subprocess.Popen(["/bin/true"])
                floor.append((time.perf_counter() - begin) * 1e3)
                child.wait()
                asked = time.time() * 1000
                daemon.act("web", "start", wait=None)
                while "startedAt" not in (status := daemon.show("web")["status"]):
                    if status["state"] == "stopped":
                        sys.exit("the runner did not start: " + status["reason"])
                # The shim's clock is cut to whole milliseconds, so on average half of one is missing.
                ours.append(_milliseconds(status["startedAt"]) + 0.5 - asked)
                daemon.act("web", "kill")
    report.figure("start asked to runner exec'd, median", report.median(ours), "ms", bound=15, floor=report.median(floor))
