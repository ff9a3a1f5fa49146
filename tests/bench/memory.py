"""Resident memory and wake-ups with one real guest at rest."""
import os
import time

import report
from daemon import UP, Daemon, console_until, guest_spec

REST = 5.0
SETTLE = 12.0  # the limits of the last requests, 10 s at most, wake once more though they are cancelled


def _status(pid, member):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith(member + ":"):
                return int(line.split()[1])
    raise RuntimeError(f"no {member} of {pid}")


def _wakeups(pid):
    """Voluntary switches of all threads: each is a wait that ended."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))
    return total


def run(options):
    with Daemon(options) as daemon:
        report.figure("microvmd idle, resident", _status(daemon.process.pid, "VmRSS") / 1024, "MB", bound=15)
        daemon.create("web", **guest_spec(options))
        daemon.act("web", "start")
        console_until(daemon, "web", b"microvm# ", 0)
        status = daemon.show("web")["status"]
        pids = {"microvmd": daemon.process.pid, "microvm-shim": status["shimPid"], "vfkit-qemu": status["runnerPid"]}
        bounds = {"microvmd": 15, "microvm-shim": 3, "vfkit-qemu": 6}
        for name, pid in pids.items():
            report.figure(f"{name} with a guest, resident", _status(pid, "VmRSS") / 1024, "MB", bound=bounds[name])
        time.sleep(SETTLE)
        before = {name: _wakeups(pid) for name, pid in pids.items()}
        time.sleep(REST)
        for name, pid in pids.items():
            report.figure(f"{name} at rest, wake-ups in {REST:g} s", _wakeups(pid) - before[name], "", bound=0)
