"""microvmctl start --wait to the guest's first line, against the same QEMU with the same flags started by hand."""
import os
import pty
import subprocess
import time

import report
from daemon import UP, Daemon, console_until, guest_spec
from stop import _end


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def _qemu_arguments(pid):
    for child in _children(pid):
        with open(f"/proc/{child}/cmdline", "rb") as file:
            arguments = file.read().rstrip(b"\0").decode().split("\0")
        if "qemu" in os.path.basename(arguments[0]):
            return arguments
    raise RuntimeError("vfkit-qemu has no QEMU")


def _by_hand(arguments):
    """The same machine, with the console on a pty of ours and no control socket: both need descriptors of vfkit-qemu."""
    kept, skip = [], False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
            continue
        following = arguments[index + 1] if index + 1 < len(arguments) else ""
        if argument in ("-add-fd", "-mon") or (argument == "-chardev" and "id=monitor" in following):
            skip = True
            continue
        kept.append(argument)
        if argument == "-chardev":
            identity = [part for part in following.split(",") if part.startswith("id=")][0]
            kept.append("stdio,signal=off," + identity)
            skip = True
    return kept


def _boot_by_hand(arguments):
    master, slave = pty.openpty()
    begin = time.monotonic()
    process = subprocess.Popen(arguments, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL)
    os.close(slave)
    seen = b""
    while UP not in seen:
        seen += os.read(master, 65536)
    took = time.monotonic() - begin
    process.kill()
    process.wait()
    os.close(master)
    return took


def _boot_by_chain(daemon, options):
    offset = _end(daemon)
    begin = time.monotonic()
    subprocess.run([options.bin + "/microvmctl", "start", "--wait", "web"], env=daemon.environment, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return console_until(daemon, "web", UP, offset) - begin


def _killed_boot_by_chain(daemon, options):
    took = _boot_by_chain(daemon, options)
    daemon.act("web", "kill")
    return took


def _block(daemon, options, arguments):
    """One by the chain, two by hand, one by the chain; the mean of each kind. Every second boot of a QEMU is slower here, whoever
    starts it: strictly in turn, one kind would have all the slow ones."""
    first = _killed_boot_by_chain(daemon, options)
    hand = [_boot_by_hand(arguments), _boot_by_hand(arguments)]
    last = _killed_boot_by_chain(daemon, options)
    return (first + last) / 2, sum(hand) / 2


def run(options):
    with Daemon(options) as daemon:
        daemon.create("web", **guest_spec(options))
        _boot_by_chain(daemon, options)
        arguments = _by_hand(_qemu_arguments(daemon.show("web")["status"]["runnerPid"]))
        daemon.act("web", "kill")
        blocks = [_block(daemon, options, arguments) for _ in range(options.rounds)]
    chain, hand = (report.median([block[kind] for block in blocks]) for kind in (0, 1))
    report.figure("microvmctl start --wait to first line, median", chain, "s", floor=hand)
    report.figure("  as a ratio to QEMU by hand, balanced rounds", chain / hand, "x", bound=1.05)
