"""Clients of a console: raw, WebSocket, and a shim's own socket. What they saw is kept as pieces with offsets."""
import base64
import json
import os
import socket
import struct


def _connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(60)
    connection.connect(path)
    return connection


def _head(connection, request):
    connection.sendall(request.encode())
    data = b""
    while b"\r\n\r\n" not in data:
        got = connection.recv(65536)
        if not got:
            raise ConnectionError("no answer")
        data += got
    head, _, rest = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101") and not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(head.decode())
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    return int(headers[b"Microvm-Console-Offset"]), rest


class Pieces:
    """Stretches of a console without a hole: [offset, bytes]."""

    def __init__(self, offset):
        self.list = [[offset, bytearray()]]

    def add(self, data):
        self.list[-1][1] += data

    def jump(self, offset):
        if offset != self.end():
            self.list.append([offset, bytearray()])

    def end(self):
        return self.list[-1][0] + len(self.list[-1][1])

    def cut(self, end):
        """Forgets what came after this offset."""
        for piece in self.list:
            del piece[1][max(end - piece[0], 0):]

    def wrong(self, log, start):
        """The offsets of pieces that differ from the log, which begins at `start`."""
        return [at for at, data in self.list if log[at - start:at - start + len(data)] != data]


class Raw:
    """Upgrade: microvm-raw."""

    def __init__(self, path, name, pieces):
        self.pieces = pieces
        self.socket = _connect(path)
        offset, rest = _head(self.socket, f"GET /v1/vms/{name}/console?offset={pieces.end()}&mode=ro HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: microvm-raw\r\n\r\n")
        pieces.jump(offset)
        pieces.add(rest)

    def read(self):
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("the console ended")
        self.pieces.add(got)


class WebSocket:
    """microvm.console.v1."""

    def __init__(self, path, name, pieces, query=""):
        self.pieces = pieces
        self.socket = _connect(path)
        key = base64.b64encode(os.urandom(16)).decode()
        offset, self.buffer = _head(self.socket, f"GET /v1/vms/{name}/console?offset={pieces.end()}&mode=ro{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                    f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: microvm.console.v1\r\n\r\n")
        pieces.jump(offset)

    def _frame(self):
        if len(self.buffer) < 2:
            return None
        size, at = self.buffer[1], 2
        if size == 126:
            size, at = struct.unpack(">H", self.buffer[2:4].ljust(2, b"\0"))[0], 4
        elif size == 127:
            size, at = struct.unpack(">Q", self.buffer[2:10].ljust(8, b"\0"))[0], 10
        if len(self.buffer) < at + size:
            return None
        frame = self.buffer[0] & 15, self.buffer[at:at + size]
        self.buffer = self.buffer[at + size:]
        return frame

    def read(self):
        """One message, waited for when it has not come yet."""
        frame = self._frame()
        if frame:
            kind, payload = frame
            if kind == 2:
                self.pieces.add(payload)
            elif kind == 8:
                raise ConnectionError("closed")
            elif kind == 1:
                message = json.loads(payload)
                if message["type"] == "gap":
                    self.pieces.jump(message["to"])
            return
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("the console ended")
        self.buffer += got


def drain(path, name, until):
    """A viewer that only takes: returns when it has seen so many bytes. For a process of its own."""
    pieces = Pieces(0)
    viewer = Raw(path, name, pieces)
    seen = pieces.end()
    into = bytearray(65536)
    while seen < until:
        got = viewer.socket.recv_into(into)
        if got == 0:
            raise ConnectionError("the console ended")
        seen += got
