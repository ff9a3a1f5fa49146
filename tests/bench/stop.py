"""kill and stop of a real guest, from the request until the answer says that it is gone."""
import time

import report
from daemon import UP, Daemon, console_until, guest_spec


def run(options):
    times = {"kill": [], "stop": []}
    with Daemon(options) as daemon:
        daemon.create("web", **guest_spec(options))
        for _ in range(options.rounds):
            for action in times:
                offset = _end(daemon)
                daemon.act("web", "start")
                console_until(daemon, "web", b"microvm# ", offset)
                begin = time.perf_counter()
                daemon.act("web", action)
                times[action].append((time.perf_counter() - begin) * 1e3)
    report.figure("kill to gone, median", report.median(times["kill"]), "ms", bound=30)
    report.figure("stop to gone, guest off at once, median", report.median(times["stop"]), "ms", bound=60)


def _end(daemon):
    """Where the console's log ends now."""
    daemon.api.socket.sendall(b"GET /v1/vms/web/console/log?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    data = b""
    while b"\r\n\r\n" not in data:
        data += daemon.api.socket.recv(65536)
    for line in data.split(b"\r\n"):
        if line.lower().startswith(b"microvm-console-end:"):
            return int(line.split(b":")[1])
    raise RuntimeError(data.decode())
