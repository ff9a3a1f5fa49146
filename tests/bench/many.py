"""A thousand definitions and a hundred running stand-ins: memory, restarts, a runner's death, many starts and stops at once."""
import json
import os
import signal
import tempfile
import threading
import time

import report
from daemon import Connection, Daemon, kernel_head
from memory import _status

DEFINITIONS = 1000
RUNNING = 100
AT_ONCE = 50
RESTARTS = 9
DEATHS = 20


def stand_in(options, folder):
    """A well-behaved runner without a guest, and the files that it wants to see."""
    os.symlink(options.bin + "/scripted-vfkit", folder + "/vfkit")
    with open(folder + "/vfkit.json", "w") as file:
        json.dump({"runningAfter": 5, "stopAfter": 5}, file)
    for name, content in (("kernel", kernel_head()), ("initrd", b"initrd")):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(content)
    return folder + "/vfkit"


def _states(daemon):
    items = json.loads(daemon.api.request("GET", f"/v1/vms?limit={DEFINITIONS}")[1])["items"]
    return [item["status"]["state"] for item in items]


def _restart(daemon, running):
    """Milliseconds from the new daemon's exec to a right list."""
    daemon.kill()
    begin = time.perf_counter()
    daemon.begin()
    while True:
        states = _states(daemon)
        if len(states) == DEFINITIONS and states.count("running") == running:
            return (time.perf_counter() - begin) * 1e3


def _at_once(daemon, names, action):
    """Asks it of all at the same time; milliseconds until the last has answered, and how many did not do it."""
    missed = []

    def ask(name):
        connection = Connection(daemon.socket)
        status, body = connection.request("POST", f"/v1/vms/{name}/{action}", None, "Prefer: wait=20\r\n")
        if status != 200:
            missed.append(f"{name}: {status} {body[:300].decode(errors='replace')}")

    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = (time.perf_counter() - begin) * 1e3
    if missed:
        print(missed[0], flush=True)
    return took, len(missed)


def _death(daemon, name):
    """Milliseconds from a runner's SIGKILL to a state that says so."""
    pid = daemon.show(name)["status"]["runnerPid"]
    begin = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    while daemon.show(name)["status"]["state"] != "stopped":
        pass
    return (time.perf_counter() - begin) * 1e3


def run(options):
    with tempfile.TemporaryDirectory(prefix="mvb-", dir="/tmp") as folder:
        runner = stand_in(options, folder)
        boot = {"linux": {"kernel": folder + "/kernel", "initrd": folder + "/initrd", "cmdline": []}}
        with Daemon(options, "--vfkit-qemu", runner, "--vfkit", runner) as daemon:
            begin = time.perf_counter()
            for number in range(DEFINITIONS):
                daemon.create(f"vm{number}", memory="64MiB", boot=boot)
            report.figure("create, one after the other", DEFINITIONS / (time.perf_counter() - begin), "per s")
            idle = [_restart(daemon, 0) for _ in range(RESTARTS)]
            report.figure(f"restart with {DEFINITIONS} definitions to a right list, median", report.median(idle), "ms", bound=200)
            before = _status(daemon.process.pid, "VmRSS")
            report.figure(f"microvmd with {DEFINITIONS} definitions, resident", before / 1024, "MB", bound=20)
            names = [f"vm{number}" for number in range(RUNNING)]
            for action in ("start", "stop", "start"):
                took, missed = _at_once(daemon, names[:AT_ONCE], action)
                report.figure(f"{AT_ONCE} at once: {action}, until the last", took, "ms")
                report.figure(f"{AT_ONCE} at once: {action}, missed", missed, "", bound=0)
            _at_once(daemon, names[AT_ONCE:], "start")
            after = _status(daemon.process.pid, "VmRSS")
            report.figure("microvmd, for each running VM, resident", (after - before) / RUNNING, "KB", bound=100)
            busy = [_restart(daemon, RUNNING) for _ in range(RESTARTS)]
            report.figure(f"the same with {RUNNING} of them running, median", report.median(busy), "ms", bound=500)
            deaths = [_death(daemon, name) for name in names[:DEATHS]]
            report.figure("a runner's death to a true state, longest", max(deaths), "ms", bound=100)
