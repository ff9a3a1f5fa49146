"""A private microvmd, and HTTP over its socket."""
import json
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import time


def kernel_head():
    """What is taken for a kernel of this host, for runners without a guest."""
    return b"\0" * 0x38 + b"ARMd" if platform.machine() in ("aarch64", "arm64") else b"\0" * 0x202 + b"HdrS"


class Connection:
    """One kept-alive HTTP connection over a Unix socket; no library between the clock and the socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(60)
        self.socket.connect(path)

    def request(self, method, target, body=None, headers=""):
        text = "" if body is None else json.dumps(body)
        kind = "Content-Type: application/json\r\n" if body is not None else ""
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{kind}{headers}Content-Length: {len(text)}\r\n\r\n"
        self.socket.sendall((head + text).encode())
        return self._read()

    def _read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(rest) < length:
            rest += self._more()
        return int(head.split()[1]), rest

    def _more(self):
        got = self.socket.recv(65536)
        if not got:
            raise RuntimeError("the daemon closed the connection")
        return got


class Daemon:
    def __init__(self, options, *flags):
        self.bin = options.bin
        self.folder = tempfile.mkdtemp(prefix="mvb-", dir="/tmp")
        self.socket = self.folder + "/run/api.sock"
        self.flags = flags
        self.log = open(self.folder + "/log", "w")
        self.environment = dict(os.environ, MICROVM_HOST="unix://" + self.socket)
        self.begin()

    def begin(self):
        self.process = subprocess.Popen(
            [self.bin + "/microvmd", "--state-dir", self.folder + "/state", "--run-dir", self.folder + "/run", *self.flags],
            stdout=self.log, stderr=self.log)
        self.api = self._connect()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _connect(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                connection = Connection(self.socket)
                if connection.request("GET", "/readyz")[0] == 200:
                    return connection
            except OSError:
                time.sleep(0.001)
        raise RuntimeError("microvmd did not get ready: " + open(self.folder + "/log").read())

    def create(self, name, **spec):
        spec.setdefault("cpus", 1)
        status, body = self.api.request("POST", "/v1/vms", {"metadata": {"name": name}, "spec": spec})
        if status != 201:
            raise RuntimeError(f"create answered {status}: {body.decode()}")

    def act(self, name, action, expected=(200, 202), wait=60):
        headers = f"Prefer: wait={wait}\r\n" if wait else ""
        status, body = self.api.request("POST", f"/v1/vms/{name}/{action}", None, headers)
        if status not in expected:
            raise RuntimeError(f"{action} answered {status}: {body.decode()}")
        return json.loads(body)

    def show(self, name):
        return json.loads(self.api.request("GET", f"/v1/vms/{name}")[1])

    def close(self):
        for vm in json.loads(self.api.request("GET", "/v1/vms?limit=1000")[1])["items"]:
            if vm["status"]["state"] != "stopped":
                self.act(vm["metadata"]["name"], "kill")
        self.process.terminate()
        self.process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def guest_spec(options, **more):
    with open(options.guest + "/cmdline") as file:
        cmdline = file.read().split()
    return dict(memory="256MiB", boot={"linux": {"kernel": options.guest + "/kernel", "initrd": options.guest + "/initrd", "cmdline": cmdline}}, **more)


UP = b"microvm guest is up"


def console_until(daemon, name, text, offset, limit=60):
    """Follows the console from an offset until the text; the time it was seen, and where the log ended."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(limit)
    connection.connect(daemon.socket)
    connection.sendall(f"GET /v1/vms/{name}/console?offset={offset}&mode=ro HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: microvm-raw\r\n\r\n".encode())
    seen = b""
    while text not in seen:
        got = connection.recv(65536)
        if not got:
            raise RuntimeError("the console ended early: " + seen.decode(errors="replace"))
        seen += got
        head, divider, body = seen.partition(b"\r\n\r\n")
        if divider and not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(seen.decode(errors="replace"))
    at = time.monotonic()
    connection.close()
    return at
