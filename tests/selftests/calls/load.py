#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""20 calls a second over ISDN lines through the PBX (pair.py), while ten readers hear everything of it. TAP.

A call comes in on one line and is bridged to the other. Each reader is a process that keeps what it hears, which is
looked at afterwards: every number once and in order, of every call its channels' beginnings and ends, for each reader
the same. One more never reads: it is disconnected, and holds nobody up. 8 s; 60 with OPENTDM_LONG.
"""
import collections
import json
import os
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from pair import (HERE, IDLE, SOUNDS, ends, ok, pbx, processes, put_away, quiet, seed, setup,  # noqa: E402
                  verdict, want, world)
from ari import until  # noqa: E402

READERS, RATE = 10, 20
AT_ONCE = 24    # of the 30 that the line has: those that are being cleared have a timeslot, too
SECONDS = 60 if os.environ.get("OPENTDM_LONG") else 8   # so that who never reads has more before it than is kept
MEMORY = 64 << 20


def memory():
    with open(f"/proc/{processes['pbx'].pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def reader(daemon, n):
    path = f"/tmp/heard-{daemon.name}-{n}"
    return path, subprocess.Popen(["curl", "-sN", "-o", path, "--unix-socket", daemon.path, "http://tdmd/ari/events"])


def heard(path):
    with open(path) as f:
        return [json.loads(line) for line in f if line.endswith("\n") and line.strip()]


def streams():
    page = subprocess.run(["curl", "-s", "--unix-socket", pbx.path, "http://tdmd/metrics"], capture_output=True, text=True,
                          check=True).stdout
    return next(int(line.split()[1]) for line in page.splitlines() if line.startswith("opentdm_api_streams "))


def deaf():
    """One who asks for all events and reads none"""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(pbx.path)
    sock.sendall(b"GET /ari/events HTTP/1.1\r\nHost: tdmd\r\n\r\n")
    return sock


def load():
    """At that pace, or as fast as the machine can; the ids of the callers, the most memory, seconds"""
    begin, callers, most = time.monotonic(), [], 0
    while len(callers) < RATE * SECONDS:
        time.sleep(max(0, begin + len(callers) / RATE - time.monotonic()))
        if not len(callers) % 4:
            most = max(most, memory())
            until(lambda: len(world.get("/channels")) < 2 * (AT_ONCE - 4), 60, "calls end")
        number = f"2{len(callers) % 1000:03d}"
        callers.append(world.post("/channels", endpoint=f"PRI/exchange/{number}", app="x", timeout=60)["id"])
    return callers, most, time.monotonic() - begin


def judge(name, events, count):
    numbers = [e["seq"] for e in events if "seq" in e]
    kinds = collections.Counter(e["type"] for e in events)
    gaps = [(a, b) for a, b in zip(numbers, numbers[1:]) if b != a + 1]
    # Of each call two channels of the PBX, both in its bridge.
    good = not gaps and all(kinds[kind] == 2 * count for kind in (
        "ChannelCreated", "ChannelEnteredBridge", "ChannelLeftBridge", "ChannelDestroyed"))
    ok(good, f"{name}: {len(events)} events, none lost, none out of order", gaps[:5], kinds)


def main():
    print(f"# seed {seed}")
    try:
        os.makedirs(SOUNDS, exist_ok=True)
        with open(f"{SOUNDS}/half.alaw", "wb") as f:
            f.write(bytes([IDLE]) * 4000)
        setup(f"{HERE}/load.conf", f"{HERE}/load-world.conf", listen=False)
        readers = [reader(pbx, n) for n in range(READERS)]
        outside, outside_process = reader(world, 0)
        never = deaf()
        until(lambda: streams() == READERS + 1, 30, "readers")
        before = memory()
        callers, most, took = load()
        ok(True, f"{len(callers)} calls in {took:.1f} s, {len(callers) / took:.1f} a second")
        quiet()

        def ends_of(path):
            with open(path, "rb") as f:
                return f.read().count(b'"ChannelDestroyed"')
        until(lambda: all(ends_of(path) >= 2 * len(callers) for path, _ in readers + [(outside, None)]), 60, "all is heard")
        outside_process.terminate()
        causes = collections.Counter(e["cause"] for e in heard(outside) if e["type"] == "ChannelDestroyed" and
                                     e["channel"]["id"] in set(callers))
        ok(causes == {16: len(callers)}, "every call was answered, and cleared normally", causes)
        for n, (path, process) in enumerate(readers):
            want(process.poll() is None, "a reader was disconnected", n)
            process.terminate()
            judge(f"reader {n}", heard(path), len(callers))
        never.settimeout(60)
        size = 0
        while data := never.recv(1 << 18):
            size += len(data)
        ok(True, f"who never reads was disconnected, {size >> 10} KiB before it")
        ok(most - before < MEMORY, f"the PBX's memory grew by {(most - before) >> 10} KiB at most")
        ends()
    except Exception as error:  # a line of its own
        ok(False, "no exception", f"{type(error).__name__}: {error}")
    finally:
        put_away()
    verdict()


main()
