#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""100 calls a second, natively, while 200 applications and some that hear everything read by WebSocket. TAP.

What is read is kept as it comes and looked at afterwards: each application must have heard of each of its calls
just what it hears of one on a quiet daemon, in that order; who hears everything, every number once and in order,
however many others there are; and one who never reads is disconnected, and held nobody up. 6 s; 60 with OPENTDM_LONG.

usage: load.py TDMD
"""
import json
import os
import resource
import selectors
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from client import Api, Tap, WebSocket, until, want  # noqa: E402

APPS, FULL, RATE, HOLD = 200, 4, 100, 1.0
SECONDS = 60 if os.environ.get("OPENTDM_LONG") else 6
MEMORY = 64 << 20       # that the daemon may grow by: all queues full are half of it
CONF = """[daemon]
log = info
[api]
socket = {dir}/sock
[route 2*]
action = answer
"""


class Reader:
    """What comes on one stream, as it is"""

    def __init__(self, path, query):
        ws = WebSocket(path, f"/ari/events{query}")
        want(ws.status == 101, ws.status)
        self.sock, self.data, self.closed = ws.c.sock, bytearray(ws.c.buffer), False

    def more(self):
        try:
            data = self.sock.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        self.data += data
        return bool(data)

    def events(self):
        """(events, the reason of its end or None)"""
        at, found = 0, []
        while at + 2 <= len(self.data):
            opcode, size = self.data[at] & 15, self.data[at + 1]
            at += 2
            if size > 125:
                form = ">H" if size == 126 else ">Q"
                size, = struct.unpack_from(form, self.data, at)
                at += struct.calcsize(form)
            payload = bytes(self.data[at:at + size])
            at += size
            if opcode == 8:
                return found, payload[2:].decode()
            if at <= len(self.data):
                found.append(json.loads(payload))
        return found, None


class Readers(threading.Thread):
    """Reads all of them, and does nothing else"""

    def __init__(self, readers):
        super().__init__(daemon=True)
        self.readers, self.ending = readers, False
        self.start()

    def run(self):
        with selectors.DefaultSelector() as ready:
            for reader in self.readers:
                ready.register(reader.sock, selectors.EVENT_READ, reader)
            while not self.ending:
                for key, _ in ready.select(0.1):
                    if not key.data.more():
                        key.data.closed = True
                        ready.unregister(key.fileobj)

    def end(self):
        self.ending = True
        self.join()


def memory(pid):
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


class Load:
    def __init__(self, path, pid):
        self.path, self.api, self.pid = path, Api(path), pid
        self.calls, self.failures, self.most = {}, [], 0

    def call(self, app, sid):
        self.calls[sid] = app
        self.api.expect(200, "POST", f"/channels/{sid}", endpoint="Local/2001", app=app)

    def end(self, sid):
        self.api.expect(204, "DELETE", f"/channels/{sid}")

    def alone(self):
        """What an application hears of one call, when there is no other: the types, in order"""
        reader = Reader(self.path, "?app=alone")
        readers = Readers([reader])
        self.call("alone", "alone-1")
        until(lambda: self.api.expect(200, "GET", "/channels/alone-1")["state"] == "Up", "it is up")
        self.end("alone-1")
        until(lambda: b"ChannelDestroyed" in reader.data, "its end")
        readers.end()
        reader.sock.close()
        return kinds(reader.events()[0], "alone-1")

    def run(self):
        """At that pace, or as fast as the machine can"""
        begin, n, ending = time.monotonic(), 0, []
        while n < RATE * SECONDS or ending:
            now = time.monotonic()
            if n < RATE * SECONDS and now >= begin + n / RATE:
                sid = f"load-{n}"
                self.call(f"app{n % APPS}", sid)
                ending.append((now + HOLD, sid))
                n += 1
            elif ending and now >= ending[0][0]:
                self.end(ending.pop(0)[1])
            else:
                time.sleep(0.002)
            if not n % 20:
                self.most = max(self.most, memory(self.pid))
        return time.monotonic() - begin - HOLD


def kinds(events, sid):
    return [e["type"] for e in events if e.get("channel", e.get("peer", {})).get("id") == sid]


def whole(events):
    """Numbers without a gap or a step back, from the first on"""
    numbers = [e["seq"] for e in events if "seq" in e]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def check(tap, load, apps, full, deaf):
    alone = load.alone()
    tap.ok(alone[-1] == "ChannelDestroyed" and "StasisStart" in alone, f"a call alone: {' '.join(alone)}")
    before = memory(load.pid)
    readers = Readers(apps + full)
    took = load.run()
    count = RATE * SECONDS
    tap.ok(True, f"{count} calls in {took:.1f} s, {count / took:.0f} a second")
    until(lambda: not load.api.expect(200, "GET", "/channels"), "all calls end", 60)
    for reader in full:
        until(lambda r=reader: r.data.count(b'"ChannelDestroyed"') >= 2 * count, "who hears everything hears all", 60)
    last = full[0].events()[0][-1]
    until(lambda: all(a.data.count(b'"ChannelDestroyed"') >= count // APPS for a in apps), "applications hear all", 60)
    readers.end()
    tap.ok(not any(r.closed for r in apps + full), "none of them was disconnected")
    wrong = []
    for n, reader in enumerate(apps):
        events, _ = reader.events()
        wrong += [sid for sid, app in load.calls.items() if app == f"app{n}" and kinds(events, sid) != alone]
    tap.ok(not wrong, f"each application heard of each of its {count} calls as of one alone", wrong[:5])
    for n, reader in enumerate(full):
        events, _ = reader.events()
        tap.ok(whole(events) and events[-1]["seq"] >= last["seq"], f"who hears everything, {n}: {len(events)} events, no gap")
    while deaf.more():
        pass
    events, reason = deaf.events()
    tap.ok(reason == "too slow" and whole(events), f"who never reads: told so after {len(events)} events", reason)
    tap.ok(load.most - before < MEMORY, f"memory grew by {(load.most - before) >> 10} KiB at most")


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/tdmd.conf", "w") as f:
            f.write(CONF.format(dir=folder))
        log = open(f"{folder}/log", "w+")
        # Memory that was freed is to be memory again: the daemon's size is looked at.
        env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=4:" + os.environ.get("ASAN_OPTIONS", ""))
        daemon = subprocess.Popen([sys.argv[1], "-c", f"{folder}/tdmd.conf"], stderr=log, stdout=log, env=env)
        path = f"{folder}/sock"
        try:
            until(lambda: os.path.exists(path), "its socket")
            apps = [Reader(path, f"?app=app{n}") for n in range(APPS)]
            full = [Reader(path, "?app=full0&subscribeAll=true"), *(Reader(path, "") for _ in range(FULL - 1))]
            deaf = Reader(path, "?app=deaf&subscribeAll=true")
            tap.case("no exception", check, tap, Load(path, daemon.pid), apps, full, deaf)
        finally:
            daemon.terminate()
            tap.ok(daemon.wait(60) == 0, "tdmd ends cleanly")
        log.seek(0)
        said = [line for line in log if "Sanitizer" in line or "runtime error" in line]
        tap.ok(not said, "no sanitizer spoke", said[:3])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
