"""GET /v1/vms/{name} on one kept-alive connection, against a bare echo over a Unix socket pair of processes."""
import os
import socket
import time

import report
from daemon import Daemon, guest_spec

ROUNDS = 20000


def _echo_floor():
    """A round trip of the same size between two processes: what the kernel and the wake-up of a core cost."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        while True:
            got = theirs.recv(65536)
            if not got:
                os._exit(0)
            theirs.sendall(got)
    theirs.close()
    times = []
    payload = b"x" * 600
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        ours.sendall(payload)
        ours.recv(65536)
        times.append(time.perf_counter() - begin)
    ours.close()
    os.waitpid(child, 0)
    return times


def run(options):
    with Daemon(options) as daemon:
        for number in range(100):
            daemon.create(f"vm{number}", **guest_spec(options))
        times = []
        for number in range(ROUNDS):
            begin = time.perf_counter()
            daemon.api.request("GET", f"/v1/vms/vm{number % 100}")
            times.append(time.perf_counter() - begin)
        lists = []
        for _ in range(200):
            begin = time.perf_counter()
            daemon.api.request("GET", "/v1/vms")
            lists.append(time.perf_counter() - begin)
    floor = _echo_floor()
    report.figure("GET one VM of 100, median", report.median(times) * 1e3, "ms", floor=report.median(floor) * 1e3)
    report.figure("GET one VM of 100, p99", report.percentile(times, 0.99) * 1e3, "ms", bound=2, floor=report.percentile(floor, 0.99) * 1e3)
    report.figure("GET the list of 100, median", report.median(lists) * 1e3, "ms")
