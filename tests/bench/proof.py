"""A real guest writes 64 MiB of numbered lines while five viewers come, go, stall and reconnect and the daemon is killed twenty times:
the log and what every viewer saw equal the source, byte for byte, but for gaps that were declared."""
import json
import os
import subprocess
import threading
import time

import report
import viewers
from daemon import Connection, Daemon, console_until, guest_spec

LINES = int(os.environ.get("MICROVM_PROOF_LINES", 4 * (1 << 20)))  # of 16 bytes
FIRST = 10**14
KILLS = int(os.environ.get("MICROVM_PROOF_KILLS", 20))


class Viewer(threading.Thread):
    """Reads until the end, however often its connection breaks. `manner` is called after each read."""

    def __init__(self, daemon, begin, end, attach, manner):
        super().__init__(daemon=True)
        self.server, self.end_at, self.attach, self.manner = daemon, end, attach, manner
        self.pieces = viewers.Pieces(begin)
        self.connections = 0
        self.error = None

    def run(self):
        viewer = None
        while self.pieces.end() < self.end_at and self.error is None:
            try:
                if viewer is None:
                    viewer = self.attach(self.server.socket, "web", self.pieces)
                    self.connections += 1
                viewer.read()
                if self.manner(self, viewer) == "leave":
                    viewer.socket.close()
                    viewer = None
            except (OSError, ConnectionError):
                viewer = None
                time.sleep(0.05)


def _stay(_viewer, _connection):
    return None


def _come_and_go(viewer, _connection):
    share = viewer.pieces.end() // (3 << 20)
    if share == getattr(viewer, "share", share):
        viewer.share = share
        return None
    viewer.share = share
    return "leave"


def _stall(every, seconds):
    def manner(viewer, _connection):
        share = viewer.pieces.end() // every
        if share != getattr(viewer, "share", share):
            time.sleep(seconds)
        viewer.share = share
    return manner


def _queue(path, name, pieces):
    return viewers.WebSocket(path, name, pieces, "&queue=1048576")


def _restart(daemon):
    daemon.process.kill()
    daemon.process.wait()
    daemon.process = subprocess.Popen(daemon.process.args, stdout=daemon.log, stderr=daemon.log)
    daemon.api = daemon._connect()


def _end(daemon):
    return json.loads(daemon.api.request("GET", "/v1/vms/web/console/status")[1])["end"]


def _type(options, daemon, command, limit, until="microvm# $"):
    subprocess.run([options.bin + "/microvmctl", "console", "web", "--until", until, "--timeout", f"{limit}s"],
                   input=command.encode() + b"\n", env=daemon.environment, stdout=subprocess.DEVNULL, check=True)


def _log(daemon, begin, end):
    """Through a connection of its own, by ranges."""
    connection = Connection(daemon.socket)
    parts = []
    for at in range(begin, end, 128 << 10):
        last = min(at + (128 << 10), end) - 1
        parts.append(connection.request("GET", "/v1/vms/web/console/log", None, f"Range: bytes={at}-{last}\r\n")[1])
    return b"".join(parts)


def prove(options, daemon):
    _type(options, daemon, "stty -opost -echo", 60)
    first = _end(daemon)
    _type(options, daemon, f"echo be''gin; seq {FIRST} {FIRST + LINES - 1} | cat", 60, "begin")
    begin = first + _log(daemon, first, first + 4096).index(b"begin\n") + len(b"begin\n")
    size = LINES * 16
    crew = [Viewer(daemon, begin, begin + size, viewers.Raw, _stay), Viewer(daemon, begin, begin + size, viewers.WebSocket, _come_and_go),
            Viewer(daemon, begin, begin + size, viewers.WebSocket, _stall(8 << 20, 1.0)), Viewer(daemon, begin, begin + size, _queue, _stall(8 << 20, 1.5)),
            Viewer(daemon, begin, begin + size, viewers.Raw, _stall(16 << 20, 2.0))]
    for each in crew:
        each.start()
    for kill in range(1, KILLS + 1):
        while _end(daemon) < begin + size * kill // (KILLS + 1):
            time.sleep(0.05)
        _restart(daemon)
    for each in crew:
        each.join(600)
    source = b"".join(b"%d\n" % (FIRST + number) for number in range(LINES))
    log = _log(daemon, begin, begin + size)
    report.figure("proof: bytes of the log that differ from the source", sum(a != b for a, b in zip(log, source)) + abs(len(log) - len(source)), "", bound=0)
    for number, each in enumerate(crew):
        each.pieces.cut(begin + size)
        lost = size - sum(len(data) for _, data in each.pieces.list)
        wrong = len(each.pieces.wrong(source, begin)) + (each.pieces.end() < begin + size)
        print(f"viewer {number}: {each.connections} connections, {len(each.pieces.list) - 1} gaps of {lost} bytes", flush=True)
        report.figure(f"proof: pieces of viewer {number} that differ", wrong, "", bound=0)
    report.figure("proof: bytes lost by viewers without a queue", sum(size - sum(len(d) for _, d in each.pieces.list) for each in crew if each.attach is not _queue), "", bound=0)


def run(options):
    with Daemon(options) as daemon:
        daemon.create("web", console={"size": "8MiB", "keep": 12}, **guest_spec(options))
        daemon.act("web", "start")
        console_until(daemon, "web", b"microvm# ", 0, limit=300)
        prove(options, daemon)
