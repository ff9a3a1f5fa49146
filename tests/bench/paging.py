"""Ten thousand definitions, listed page by page by cursor while others are made and deleted."""
import json
import tempfile
import threading
import time

import report
from daemon import Connection, Daemon
from many import stand_in

DEFINITIONS = 10_000
MAKERS = 8
PAGE = 1000


def _make_all(daemon, boot):
    """From several connections at once; VMs per second."""
    failed = []

    def make(first):
        connection = Connection(daemon.socket)
        for number in range(first, DEFINITIONS, MAKERS):
            body = {"metadata": {"name": f"vm-{number:05}"}, "spec": {"memory": "64MiB", "boot": boot}}
            status, answer = connection.request("POST", "/v1/vms", body)
            if status != 201:
                failed.append(f"{status} {answer[:200]}")
                return

    threads = [threading.Thread(target=make, args=(first,)) for first in range(MAKERS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise RuntimeError("create answered " + failed[0])
    return DEFINITIONS / (time.perf_counter() - begin)


class Traffic:
    """VMs that come and go, all over the order, for as long as it lasts."""

    def __init__(self, daemon, boot):
        self._connection = Connection(daemon.socket)
        self._boot = boot
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.rounds = 0

    def _run(self):
        while not self._stop.is_set():
            names = [f"{place}-{self.rounds}" for place in ("a", "vm-05000-x", "z")]
            for name in names:
                self._connection.request("POST", "/v1/vms", {"metadata": {"name": name}, "spec": {"memory": "64MiB", "boot": self._boot}})
            for name in names:
                self._connection.request("DELETE", "/v1/vms/" + name)
            self.rounds += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()


def _walk(daemon, sort):
    """The names of all pages in their order, and the milliseconds of each page."""
    names, times, cursor = [], [], ""
    while True:
        begin = time.perf_counter()
        status, body = daemon.api.request("GET", f"/v1/vms?limit={PAGE}&sort={sort}" + cursor)
        times.append((time.perf_counter() - begin) * 1e3)
        if status != 200:
            raise RuntimeError(f"list answered {status}: {body[:200]}")
        page = json.loads(body)
        names += [item["metadata"]["name"] for item in page["items"]]
        if "next" not in page:
            return names, times
        cursor = "&cursor=" + page["next"]


def run(options):
    with tempfile.TemporaryDirectory(prefix="mvb-", dir="/tmp") as folder:
        runner = stand_in(options, folder)
        boot = {"linux": {"kernel": folder + "/kernel", "initrd": folder + "/initrd"}}
        wanted = {f"vm-{number:05}" for number in range(DEFINITIONS)}
        with Daemon(options, "--vfkit-qemu", runner, "--vfkit", runner) as daemon:
            report.figure(f"create, {MAKERS} connections", _make_all(daemon, boot), "per s")
            with Traffic(daemon, boot) as traffic:
                for sort in ("name", "-createdAt"):
                    names, times = _walk(daemon, sort)
                    report.figure(f"{DEFINITIONS} by {sort}: missing", len(wanted - set(names)), "", bound=0)
                    report.figure(f"{DEFINITIONS} by {sort}: listed twice", len(names) - len(set(names)), "", bound=0)
                    report.figure(f"{DEFINITIONS} by {sort}: a page of {PAGE}, median", report.median(times), "ms")
            report.figure("made and deleted meanwhile", 3 * traffic.rounds, "VMs", least=1)
