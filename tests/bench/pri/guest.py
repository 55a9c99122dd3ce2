#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls through tdmd at a given rate, over one D-channel in and one out. Runs in the guest.

    pri-far load: places   port 1 ====== port 2   tdmd, route: bridge   port 4 ====== port 3   pri-far: answers

usage: guest.py RATE:CALLS...; lines of JSON: what libpri alone takes, then one for each rate
"""
import glob
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../demo")
sys.dont_write_bytecode = True
from ari import Daemon, until  # noqa: E402

PRI, SOCKET = "/build/guest/pri-far", "/tmp/bench.sock"
HOLD_MS, PAIR_CALLS = 150, 1000
SETTLE = 3      # seconds: whoever waits for an answer to his own SABME hears nothing else
CONFIG = """
[daemon]
log = warning
[api]
socket = /tmp/bench.sock
[media]
period = 20
[group g2]
spans = virt0:2
dchannels = virt0:2:16
side = user
switchtype = euroisdn-e1
law = alaw
restart = no
dtmf = no
[group g4]
spans = virt0:4
dchannels = virt0:4:16
side = user
switchtype = euroisdn-e1
law = alaw
restart = no
dtmf = no
[route 2*]
from = g2
action = bridge
group = g4
"""


def tdmctl(*args):
    subprocess.run(["tdmctl", *args], check=True, stdout=subprocess.PIPE)


def threads(pid):
    """{thread: (ns on the CPU, how often it waited)}"""
    spent = {}
    for task in glob.glob(f"/proc/{pid}/task/*"):
        with open(f"{task}/comm") as comm, open(f"{task}/schedstat") as stat, open(f"{task}/status") as status:
            name = comm.read().strip().rstrip("0123456789-")
            name = "groups" if name == "g" else name
            ns, waits = spent.get(name, (0, 0))
            waits += next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
            spent[name] = ns + int(stat.read().split()[0]), waits
    return spent


def load(pid, api, rate, calls):
    far = subprocess.Popen([PRI, "load", "virt0:1:16", "virt0:3:16", str(rate), str(calls), str(HOLD_MS)],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(1)   # the groups learn that the far ends have begun anew
        until(lambda: all(g["state"] == "up" and g["ready"] for g in api.get("/groups")), 30, "groups up")
        time.sleep(SETTLE)
        before = threads(pid)
        far.stdin.write("\n")
        far.stdin.flush()
        result = json.loads(far.stdout.readline() or "{}")
        after = threads(pid)
        assert far.wait(30) == 0 or result, "pri-far has failed"
    finally:
        if far.poll() is None:
            far.kill()
    until(lambda: not api.get("/channels") and not api.get("/bridges"), 30, "all calls ended")
    result["tdmd"] = {name: [a - b for a, b in zip(after[name], before.get(name, (0, 0)))] for name in after}
    print(json.dumps(result), flush=True)


def main(rates):
    for how in ("memory", "socket"):
        print(subprocess.run([PRI, "pair", how, str(PAIR_CALLS)], check=True, stdout=subprocess.PIPE,
                             text=True).stdout, end="", flush=True)
    for module in ("tdm", "tdm_virt"):
        subprocess.run(["modprobe", module], check=True)
    tdmctl("virt", "add", "virt0", "--ports", "4", "--type", "e1")
    for port in (1, 3):
        tdmctl("virt", "join", f"virt0:{port}", f"virt0:{port + 1}")
    for port in range(1, 5):
        tdmctl("span", "up", f"virt0:{port}")
    with open("/tmp/bench.conf", "w") as f:
        f.write(CONFIG)
    with open("/out/tdmd.log", "a") as log:
        tdmd = subprocess.Popen(["tdmd", "-c", "/tmp/bench.conf"], stdout=log, stderr=log)
    try:
        until(lambda: os.path.exists(SOCKET), 60, "the daemon's socket")
        for rate in rates:
            load(tdmd.pid, Daemon("tdmd", SOCKET), *map(int, rate.split(":")))
        tdmd.terminate()
        assert tdmd.wait(60) == 0, "tdmd has failed"
    finally:
        if tdmd.poll() is None:
            tdmd.kill()


main(sys.argv[1:])
