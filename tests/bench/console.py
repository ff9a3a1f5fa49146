"""The console's way from a pty to the log and to viewers."""
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile
import termios
import time
import tty

import report
import viewers
from daemon import Daemon, guest_spec

MIB = 1 << 20


def _log_end(folder):
    """One past the last byte of a console log, from its files."""
    segments = sorted(name for name in os.listdir(folder) if name.endswith(".log")) if os.path.isdir(folder) else []
    try:
        return int(segments[-1][:-4]) + os.stat(folder + "/" + segments[-1]).st_size if segments else 0
    except FileNotFoundError:
        return 0


def _until(reached, limit=300):
    deadline = time.monotonic() + limit
    while not reached():
        if time.monotonic() > deadline:
            raise RuntimeError("it takes too long")
        time.sleep(0.002)


def _cpu(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


class Shim:
    """A microvm-shim with the runner that floods its terminal, and nobody else."""

    def __init__(self, options, size):
        self.folder = tempfile.mkdtemp(prefix="mvb-", dir="/tmp")
        os.mkdir(self.folder + "/run")
        self.process = subprocess.Popen(
            [options.bin + "/microvm-shim", "--vm", "bench", "--run-folder", self.folder + "/run", "--state-folder", self.folder + "/state",
             "--", options.bin + "/console-runner", f"flood:{size}", "forever"], stderr=subprocess.DEVNULL)
        self.console = self.folder + "/state/console"

    def end(self):
        os.kill(int(open(self.folder + "/run/lock").read().split()[1]), signal.SIGKILL)
        self.process.wait(30)  # it ends with its runner
        shutil.rmtree(self.folder)


def _through_shim(options, size):
    shim = Shim(options, size)
    _until(lambda: _log_end(shim.console) > 0)
    begun, first = time.monotonic(), _log_end(shim.console)
    _until(lambda: _log_end(shim.console) >= size)
    rate = (size - first) / (time.monotonic() - begun) / 1e6
    shim.end()
    return rate


def _through_copy(options, size):
    """The same terminal, read by cat into a file."""
    runner = subprocess.Popen([options.bin + "/console-runner", f"flood:{size}", "forever"], stderr=subprocess.PIPE, text=True)
    path = re.search(r"pty path: ([^)]*)", runner.stderr.readline()).group(1)
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(terminal, termios.TCSANOW)
    target = tempfile.NamedTemporaryFile(dir="/tmp")
    copy = subprocess.Popen(["cat"], stdin=terminal, stdout=target)
    _until(lambda: os.stat(target.name).st_size > 0)
    begun, first = time.monotonic(), os.stat(target.name).st_size
    _until(lambda: os.stat(target.name).st_size >= size)
    rate = (size - first) / (time.monotonic() - begun) / 1e6
    for process in (copy, runner):
        process.kill()
        process.wait()
    os.close(terminal)
    return rate


def _throughput(options):
    size = 128 * MIB
    pairs = [(_through_shim(options, size), _through_copy(options, size)) for _ in range(5)]
    shim, copy = statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
    report.figure("pty to log through the shim", shim, "MB/s", floor=copy)
    report.figure("a plain copy over the shim's time", copy / shim, "x", bound=1 / 0.8)


def _flat_memory(options):
    shim = Shim(options, 1024 * MIB)
    _until(lambda: _log_end(shim.console) > 32 * MIB)
    before = _resident(shim.process.pid)
    _until(lambda: _log_end(shim.console) >= 1024 * MIB)
    after = _resident(shim.process.pid)
    shim.end()
    report.figure("shim resident after a flood of 1 GiB", after, "MB", bound=3)
    report.figure("the same less what it was after 32 MiB", after - before, "MB", bound=0.1)


class Scripted(Daemon):
    """A daemon whose runner writes a pattern when told to."""

    def __init__(self, options, size):
        self.runner = tempfile.mkdtemp(prefix="mvb-", dir="/tmp")
        for name in ("vfkit", "vfkit-qemu"):
            os.symlink(options.bin + "/scripted-vfkit", f"{self.runner}/{name}")
            with open(f"{self.runner}/{name}.json", "w") as file:
                json.dump({"console": {"pattern": size, "patternOn": "go"}}, file)
        super().__init__(options, "--vfkit", self.runner + "/vfkit", "--vfkit-qemu", self.runner + "/vfkit-qemu")

    def go(self):
        open(self.runner + "/go", "w").close()

    def close(self):
        super().close()
        shutil.rmtree(self.runner, ignore_errors=True)


def _cost(options, count, size):
    """Seconds of processor of daemon and shim, for so many viewers."""
    with Scripted(options, size) as daemon:
        daemon.create("web", **guest_spec(options))
        daemon.act("web", "start")
        pids = [daemon.process.pid, daemon.show("web")["status"]["shimPid"]]
        readers = [multiprocessing.Process(target=viewers.drain, args=(daemon.socket, "web", size)) for _ in range(count)]
        for reader in readers:
            reader.start()
        _until(lambda: daemon.show("web")["status"].get("console", {}).get("count") == count)
        before = sum(map(_cpu, pids))
        daemon.go()
        for reader in readers:
            reader.join(300)
        return sum(map(_cpu, pids)) - before


def _viewers(options):
    size = 128 * MIB
    one = statistics.median(_cost(options, 1, size) for _ in range(3))
    five = statistics.median(_cost(options, 5, size) for _ in range(3))
    report.figure("daemon and shim for 128 MiB to one viewer", one, "s")
    report.figure("the same for five viewers", five, "s", floor=one)
    report.figure("five viewers over one", five / one, "x", bound=2)


def _first_byte(options):
    with Scripted(options, 64 * 1024) as daemon:
        daemon.create("web", **guest_spec(options))
        daemon.act("web", "start")
        daemon.go()
        _until(lambda: json.loads(daemon.api.request("GET", "/v1/vms/web/console/status")[1])["end"] == 64 * 1024)
        for name, kind in (("raw", viewers.Raw), ("WebSocket", viewers.WebSocket)):
            times = []
            for _ in range(50):
                pieces = viewers.Pieces(64 * 1024 - 100)
                begun = time.monotonic()
                viewer = kind(daemon.socket, "web", pieces)
                while pieces.end() == 64 * 1024 - 100:
                    viewer.read()
                times.append((time.monotonic() - begun) * 1000)
                viewer.socket.close()
            report.figure(f"attach to first byte, {name}, median", report.median(times), "ms", bound=10)


def run(options):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _throughput(options)
    _flat_memory(options)
    _first_byte(options)
    _viewers(options)
