"""From an event to those who follow: one of them, and a thousand; and how many events the store takes in a second."""
import datetime
import json
import resource
import selectors
import socket
import subprocess
import time

import report
from daemon import Daemon, guest_spec

ROUNDS = 200
FOLLOWERS = 1000


def _follow(daemon):
    """A connection on which events come, a line each; its head has been read."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(60)
    connection.connect(daemon.socket)
    connection.sendall(b"GET /v1/events?follow=1&heartbeat=5m HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    return connection


def _age(line):
    """How long ago the event happened, in milliseconds: from before it was written down."""
    at = datetime.datetime.fromisoformat(json.loads(line)["at"].replace("Z", "+00:00"))
    return (time.time() - at.timestamp()) * 1e3


def _one_event(daemon, number, options):
    daemon.create(f"vm{number}", **guest_spec(options))


def _one_follower(daemon, options):
    connection = _follow(daemon)
    ages, spans = [], []
    for number in range(ROUNDS):
        _one_event(daemon, number, options)
        begin = time.perf_counter()
        data = b""
        while b"}\n" not in data:
            data += connection.recv(65536)
        spans.append((time.perf_counter() - begin) * 1e3)
        ages.append(_age(data[data.index(b"{"):data.rindex(b"}") + 1]))
    connection.close()
    return ages, spans


def _many_followers(daemon, options):
    """How long until the last of them has an event, from before it was asked for."""
    selector = selectors.DefaultSelector()
    followers = [_follow(daemon) for _ in range(FOLLOWERS)]
    for follower in followers:
        selector.register(follower, selectors.EVENT_READ)
    spans = []
    for number in range(20):
        begin = time.perf_counter()
        _one_event(daemon, ROUNDS + number, options)
        waiting = set(followers)
        while waiting:
            for key, _ in selector.select():
                key.fileobj.recv(65536)
                waiting.discard(key.fileobj)
        spans.append((time.perf_counter() - begin) * 1e3)
    for follower in followers:
        follower.close()
    return spans


def run(options):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    with Daemon(options) as daemon:
        ages, spans = _one_follower(daemon, options)
        report.figure("event at its follower, after its request's answer", report.median(spans), "ms", bound=5)
        report.figure("the same, p99", report.percentile(spans, 0.99), "ms")
        report.figure("a VM asked for to its event at a follower, median", report.median(ages), "ms")
        spans = _many_followers(daemon, options)
        report.figure("event asked for to the last of 1000 followers, median", report.median(spans), "ms")
    store = subprocess.run([options.bin + "/event-store-bench"], capture_output=True, text=True, check=True)
    many, one = (float(word) for word in store.stdout.split())
    report.figure("events kept by 256 writers, all durable", many, "/s", floor=one, least=10000)
