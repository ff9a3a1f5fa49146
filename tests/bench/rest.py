"""The REST API: requests per second against a server that does nothing else, a long list, durable creates."""
import json
import os
import subprocess
import sys
import tempfile
import time

import report
from daemon import Daemon

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support/stand_ins"))
import kernel_head  # noqa: E402

SECONDS = 3
ROUNDS = 3


def _spec(folder):
    kernel = os.path.join(folder, "kernel")
    kernel_head.write(kernel)
    return {"boot": {"linux": {"kernel": kernel}}}


def _load(options, path, connections, request, seconds=SECONDS):
    with tempfile.NamedTemporaryFile("w", newline="") as file:
        file.write(request)
        file.flush()
        printed = subprocess.run([options.bin + "/http-load", path, str(connections), str(seconds), file.name],
                                 check=True, capture_output=True, text=True).stdout.split()
    return float(printed[0]), int(printed[1])


def _text(method, target, body=None, headers=""):
    text = "" if body is None else json.dumps(body)
    kind = headers if body is None else headers + "Content-Type: application/json\r\n"
    # "@@" becomes eight digits
    length = len(text) + (6 if "@@" in text else 0)
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{kind}Content-Length: {length}\r\n\r\n{text}"


def _bare(options, folder, size):
    path = os.path.join(folder, f"bare-{size}.sock")
    server = subprocess.Popen([options.bin + "/bare-server", path, str(size)], stdout=subprocess.PIPE)
    server.stdout.readline()
    return server, path


def _reads(options, daemon):
    size = len(daemon.api.request("GET", "/v1/vms/vm0000")[1])
    server, path = _bare(options, daemon.folder, size)
    request = _text("GET", "/v1/vms/vm0000")
    try:
        for connections in (1, 16, 64):
            ours, theirs = [], []
            for _ in range(ROUNDS):  # in turns, so that a busy machine is busy for both
                theirs.append(_load(options, path, connections, request)[0])
                ours.append(_load(options, daemon.socket, connections, request)[0])
            report.at_least(f"GET one VM, {connections} connections", report.median(ours), "/s", floor=report.median(theirs), ratio=0.7)
    finally:
        server.kill()
        server.wait()


def _list(daemon):
    times = []
    for _ in range(100):
        begin = time.perf_counter()
        status, body = daemon.api.request("GET", "/v1/vms?limit=1000")
        times.append(time.perf_counter() - begin)
    assert status == 200 and len(json.loads(body)["items"]) == 1000
    report.figure("GET the list of 1,000 VMs with state, median", report.median(times) * 1e3, "ms", bound=8)


def _commit_floor(folder):
    """Commits per second of one small row each, as the daemon makes them."""
    import sqlite3
    database = sqlite3.connect(os.path.join(folder, "floor.db"), isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
    begin = time.perf_counter()
    count = 0
    while time.perf_counter() - begin < 1:
        database.execute("INSERT INTO t (b) VALUES (?)", ("x" * 1500,))
        count += 1
    database.close()
    return count


def _creates_of(options, daemon, request):
    made, refused = _load(options, daemon.socket, 64, request, 0.5)
    assert refused == 0
    return made


def _creates(options, daemon):
    floor = _commit_floor(daemon.folder)
    plain, keyed = [], []
    for turn in range(ROUNDS):  # in turns here too
        body = {"metadata": {"name": f"c{turn}-@@"}, "spec": _spec(daemon.folder)}
        plain.append(_creates_of(options, daemon, _text("POST", "/v1/vms", body)))
        body = {"metadata": {"name": f"k{turn}-@@"}, "spec": _spec(daemon.folder)}
        keyed.append(_creates_of(options, daemon, _text("POST", "/v1/vms", body, f"Idempotency-Key: k{turn}-@@\r\n")))
    report.at_least("creates, every one durable, 64 connections", report.median(plain), "/s", floor=floor, bound=1200)
    report.at_least("the same with an Idempotency-Key each", report.median(keyed), "/s", floor=report.median(plain), ratio=0.5)


def _pages(options, daemon):
    """10,000 VMs, page by page."""
    request = _text("POST", "/v1/vms", {"metadata": {"name": "v@@"}, "spec": _spec(daemon.folder)})
    while json.loads(daemon.api.request("GET", "/v1")[1])["vms"] < 10_000:
        _load(options, daemon.socket, 64, request, 1)
    names, cursor = set(), ""
    begin = time.perf_counter()
    while True:
        page = json.loads(daemon.api.request("GET", "/v1/vms?limit=1000" + cursor)[1])
        names.update(vm["metadata"]["name"] for vm in page["items"])
        if "next" not in page:
            break
        cursor = "&cursor=" + page["next"]
    took = time.perf_counter() - begin
    assert len(names) == json.loads(daemon.api.request("GET", "/v1")[1])["vms"]
    report.figure(f"{len(names)} VMs by cursor, 1,000 a page", took * 1e3, "ms")


def _fuzz(options):
    program = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fuzz/schema.py")
    done = subprocess.run([program, "--bin", options.bin, "--requests", "20000", "--seed", str(int(time.time()))], stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="")
    # A run that broke off, or whose daemon did not end well, is a complaint too.
    complaints = max(done.stdout.count("\n  "), int(done.returncode != 0))
    report.figure("requests of the schema fuzz answered beyond the document", complaints, "", bound=0)


def run(options):
    with Daemon(options) as daemon:
        for number in range(1000):
            daemon.create(f"vm{number:04}", **_spec(daemon.folder))
        _reads(options, daemon)
        _list(daemon)
    with Daemon(options) as daemon:
        _creates(options, daemon)
        _pages(options, daemon)
    _fuzz(options)
