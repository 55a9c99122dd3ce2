#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Has tdmd do what is measured, and plane-media measure it at the far ends. Runs in the guest.

    plane-media: B channels   port 1 ====== port 2   tdmd   port 4 ====== port 3   B channels: plane-media
    pri-far: D channel                                                             D channel: pri-far

usage: guest.py WINDOWS LOAD...; lines of JSON, one for each window
"""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../demo")
sys.dont_write_bytecode = True
from ari import Daemon, until  # noqa: E402

FAR, PRI = "/build/guest/plane-media", "/build/guest/pri-far"
RECORDINGS = "/tmp/bench-recordings"
B_SLOTS = [slot for slot in range(1, 32) if slot != 16]
CONFIG = """
[daemon]
log = warning
[api]
socket = {socket}
[media]
period = 20
recordings = {recordings}
"""
GROUP = """
[group g{port}]
spans = virt0:{port}
dchannels = virt0:{port}:16
side = user
switchtype = euroisdn-e1
law = alaw
restart = no
dtmf = {dtmf}
"""
ROUTE = """
[route 2*]
from = g2
action = bridge
group = g4
"""
SETTLE = 3      # seconds: whoever waits for an answer to his own SABME hears nothing else
windows = int(sys.argv[1])
processes = []


def tdmctl(*args):
    return subprocess.run(["tdmctl", *args], check=True, stdout=subprocess.PIPE, text=True).stdout


class World:
    """Pairs of lines, a daemon at the near ends, libpri at the far ones"""

    def __init__(self, pairs, dtmf="no"):
        self.pairs, self.near = pairs, range(2, 2 * pairs + 1, 2)
        tdmctl("virt", "add", "virt0", "--ports", str(2 * pairs), "--type", "e1")
        for port in self.near:
            tdmctl("virt", "join", f"virt0:{port - 1}", f"virt0:{port}")
        for port in range(1, 2 * pairs + 1):
            tdmctl("span", "up", f"virt0:{port}")
        os.makedirs(RECORDINGS, exist_ok=True)
        socket = "/tmp/bench.sock"
        with open("/tmp/bench.conf", "w") as f:
            f.write(CONFIG.format(socket=socket, recordings=RECORDINGS) +
                    "".join(GROUP.format(port=port, dtmf=dtmf) for port in self.near) + (ROUTE if pairs == 2 else ""))
        self.log = open("/out/tdmd.log", "a")
        self.tdmd = subprocess.Popen(["tdmd", "-c", "/tmp/bench.conf"], stdout=self.log, stderr=self.log)
        processes.append(self.tdmd)
        self.far = None
        self.api = Daemon("tdmd", socket)
        until(lambda: os.path.exists(socket), 60, "the daemon's socket")
        self.calls = {}

    def call(self):
        """30 calls a near end, all answered, those of two near ends bridged by a route; {(port, slot): channel}"""
        ends = [f"virt0:{port - 1}:16" for port in self.near]
        words = ["place", "30"] if self.pairs == 2 else ["answer"]
        self.far = subprocess.Popen([PRI, *words, *ends], stdin=subprocess.PIPE)
        processes.append(self.far)
        until(lambda: all(g["state"] == "up" and g["ready"] for g in self.api.get("/groups")), 60, "D channels up")
        time.sleep(SETTLE)
        if self.pairs == 2:
            self.far.stdin.write(b"\n")
            self.far.stdin.flush()
        for _ in B_SLOTS if self.pairs == 1 else ():
            self.api.post("/channels", endpoint="PRI/g2/2001", app="bench", timeout=60)
        until(lambda: sum(c["state"] == "Up" for c in self.api.get("/channels")) == 30 * self.pairs, 60, "calls up")
        for c in self.api.get("/channels"):
            group, _, slot = c["leg"].split("/")
            self.calls[int(group[1:]), int(slot[1:])] = c["id"]
        assert sorted(self.calls) == [(port, slot) for port in self.near for slot in B_SLOTS], self.calls

    def conference(self):
        bridge = self.api.post("/bridges", type="mixing")["id"]
        self.api.post(f"/bridges/{bridge}/addChannel", channel=",".join(self.calls.values()))

    def path(self, mode):
        for bridge in self.api.get("/bridges"):
            self.api.post(f"/bridges/{bridge['id']}/path", mode=mode)
        until(lambda: all(b["path"] == mode for b in self.api.get("/bridges")), 60, f"bridges in {mode} space")

    def end(self):
        self.tdmd.terminate()
        assert self.tdmd.wait(60) == 0, "tdmd has failed"
        self.far.stdin.close()
        assert self.far.wait(60) == 0, "pri-far has failed"
        tdmctl("virt", "del", "virt0")
        os.remove("/tmp/bench.conf")


def far(world, *args):
    return subprocess.run([FAR, "virt0", str(world.tdmd.pid), *map(str, args)], stdout=subprocess.PIPE, text=True,
                          check=False)


def measure(world, load, flip=False, check=None):
    """One load; with a flip it must be found wrong"""
    args = ["--pairs", world.pairs, "--windows", 1 if flip else windows] + (["--flip"] if flip else [])
    done = far(world, *args, load)
    right = done.returncode == 0 and (not check or check())
    if flip:
        words = "".join(line + "\n" for line in done.stdout.splitlines() if not line.startswith("{"))
        print(words, end="", flush=True)
        assert done.returncode == (0 if check else 1) and "never" not in words, f"{load}: nothing was found at all"
        assert not right, f"{load}: what was spoilt was not found"
        return
    print(done.stdout, end="", flush=True)
    assert right, f"{load}: wrong"


def twice(world, load, prepare=None, check=None):
    """First spoilt, then measured"""
    for flip in (True, False):
        checking = (lambda: check(1 if flip else windows)) if check else None
        if prepare:
            prepare()
        measure(world, load, flip, checking)


def bridges(loads):
    world = World(2)
    measure(world, "idle lines")
    measure(world, "far ends")
    world.call()
    for mode in ("user", "kernel"):
        if f"{mode} bridge" in loads:
            world.path(mode)
            twice(world, f"{mode} bridge")
    world.end()


def singles(loads):
    world = World(1)
    measure(world, "idle lines")
    measure(world, "far ends")
    world.call()
    measure(world, "calls alone")
    if "recording" in loads:
        record(world)
    if "conference" in loads:
        world.conference()
        twice(world, "conference")
    world.end()


def record(world):
    world.api.listen()
    names = {slot: f"slot{slot}" for slot in B_SLOTS}
    since = 0

    def prepare():
        nonlocal since
        time.sleep(1)   # what the load before this one has sent is through
        since = len(world.api.events)
        for slot, name in names.items():
            world.api.post(f"/channels/{world.calls[2, slot]}/record", name=name, format="wav", direction="in",
                           ifExists="overwrite")

    def check(seconds):
        """Spoilt is one slot's: all others must be right, spoilt or not"""
        for name in names.values():
            world.api.post(f"/recordings/live/{name}/stop")
        for name in names.values():
            world.api.wait(lambda e, n=name: e["type"] == "RecordingFinished" and e["recording"]["name"] == n, 30, since)
        done = far(world, "recorded", seconds, *[f"{slot}={RECORDINGS}/{name}.wav" for slot, name in names.items()])
        print(done.stdout, end="", flush=True)
        assert done.stdout.count("#") <= 1, "more than one recording is wrong"
        return done.returncode == 0

    twice(world, "recording", prepare, check)


def detect():
    world = World(1, dtmf="yes")
    measure(world, "idle lines")
    measure(world, "far ends")
    world.call()
    world.api.listen()
    digits = far(world, "digits").stdout.strip()
    since = 0

    def prepare():
        nonlocal since
        since = len(world.api.events)

    def heard():
        return [e for e in world.api.events[since:] if e["type"] == "ChannelDtmfReceived"]

    def check(seconds):
        """Each slot's digit, once, from the beginning to the end"""
        until(lambda: len(heard()) >= len(B_SLOTS), 30, "a digit of each channel")
        found = {}
        for e in heard():
            found.setdefault(e["channel"]["id"], []).append((e["digit"], e["duration_ms"] >= 1000 * seconds))
        wrong = [(slot, found.get(world.calls[2, slot])) for slot in B_SLOTS
                 if found.get(world.calls[2, slot]) != [(digits[slot], True)]]
        if wrong:
            print(f"# dtmf: {wrong}")
        return not wrong

    twice(world, "dtmf", prepare, check)
    world.end()


def main(loads):
    for module in ("tdm", "tdm_virt"):
        subprocess.run(["modprobe", module], check=True)
    if {"user bridge", "kernel bridge"} & set(loads):
        bridges(loads)
    if {"recording", "conference"} & set(loads):
        singles(loads)
    if "dtmf" in loads:
        detect()


try:
    main(sys.argv[2:])
finally:
    for process in processes:
        if process.poll() is None:
            process.kill()
