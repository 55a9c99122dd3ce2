#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls between tdmd and a far end that is libpri alone, over the kernel driver. Runs in the guest; TAP.

On E1, then on T1: calls both ways at once up to the last timeslot, hung up at random points by either side;
the same while the line is cut and joined again; the same with a far end that sends RESTART, garbage, illegal
and broken messages, and stalls. Each has to have happened often enough; calls are made no longer than that takes,
so that a run ends some seconds after its last goal, when timers T305 and T308 are over. Afterwards
every timeslot is idle on both sides, and tdmd has as many descriptors as before and ends cleanly, which with
AddressSanitizer says that no memory is lost.

OPENTDM_LONG=1: 2,000 calls on E1 and 500 on T1, else a tenth. OPENTDM_PRI_DIVIDE: by how much else.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "demo"))
from ari import Daemon, Refused  # noqa: E402

PEER = "/build/bin/pri-peer"
DIVIDE = int(os.environ.get("OPENTDM_PRI_DIVIDE") or (1 if os.environ.get("OPENTDM_LONG") else 10))
SEED = int(os.environ.get("OPENTDM_SEED") or random.SystemRandom().randrange(1 << 31))
PATIENCE = 240 + 2400 // DIVIDE     # seconds for one run
CAUSES = (16, 17, 18, 21, 27, 31, 41)
LINES = {
    "e1": {"slot": 16, "switchtype": "euroisdn-e1", "peer": "euroisdn-e1", "calls": 2000, "slots": 30},
    "t1": {"slot": 24, "switchtype": "national", "peer": "national", "calls": 500, "slots": 23},
}
CONFIG = """
[daemon]
log = info
[api]
socket = {dir}/sock
[group line]
spans = {card}:1
dchannels = {card}:1:{slot}
side = user
switchtype = {switchtype}
restart = no
capture = {dir}/line.pcap
t200 = 400
t203 = 2000
t305 = 4000
[route 1*]
action = refuse
cause = 17
[route *]
action = answer
echo = yes
"""


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, sentence):
        self.n += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {sentence}", flush=True)
        return good


tap = Tap()
rnd = random.Random(SEED)


def tdmctl(*argv):
    return subprocess.run(["tdmctl", *argv], check=True, stdout=subprocess.PIPE, text=True).stdout


class Peer:
    """pri-peer; what it says last"""

    def __init__(self, card, line, **options):
        argv = [PEER, "--side", "network", "--switchtype", line["peer"], "--number", "2001", "--refused", "1001",
                "--stay", "--t200", "400", "--t203", "2000", "--t305", "4000", "--seconds", str(PATIENCE),
                "--seed", str(rnd.randrange(1 << 31))]
        for name, value in options.items():
            argv += ["--" + name.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(argv + [f"{card}:2:{line['slot']}"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.now = {"work": 1, "link": 0, "received": 0, "answered": 0, "peak": 0}
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for text in self.process.stdout:
            self.now = json.loads(text)

    def over(self):
        return self.process.poll() is not None

    def wants(self):
        """Something that was asked for has not happened often enough"""
        return not self.over() and self.now["work"]

    def done(self):
        """Nothing is left to do, and no call either"""
        return self.over() or self.now.get("done")

    def end(self):
        self.process.stdin.close()
        status = self.process.wait()
        self.thread.join()
        return status


class Cuts:
    """Cuts the line once calls went over it, until both ends have lost the D-channel; joins it again."""

    def __init__(self, world, wanted):
        self.world, self.wanted, self.done = world, wanted, 0
        self.since, self.cut, self.at = 0, False, time.monotonic()

    def left(self):
        return self.done < self.wanted

    def fault(self, defects):
        for port in "12":
            tdmctl("virt", "fault", f"{self.world.card}:{port}", f"defects={defects}")

    def turn(self, peer):
        """One step; True while calls may be made"""
        down = not peer.now["link"] and not self.world.up()
        if self.cut:
            if down or time.monotonic() - self.at > 20:
                self.done += down
                self.fault("none")
                self.cut, self.since = False, peer.now["answered"]
            return
        made = peer.now["answered"]
        if self.left() and peer.now["link"] and self.world.up() and (made - self.since >= 5 or peer.done()):
            self.fault("los")
            self.cut, self.at = True, time.monotonic()


class World:
    """A virtual card with two joined ports: tdmd stands on the first, pri-peer on the second."""

    def __init__(self, name):
        self.name, self.line = name, LINES[name]
        self.dir = tempfile.mkdtemp()
        self.card = self.tdmd = None

    def start(self):
        cards = {c["card"] for c in json.loads(tdmctl("card", "list", "--json"))}
        tdmctl("virt", "add", "--ports", "2", "--type", self.name)
        now = {c["card"] for c in json.loads(tdmctl("card", "list", "--json"))}
        self.card = (now - cards).pop()
        tdmctl("virt", "join", f"{self.card}:1", f"{self.card}:2")
        for port in "12":
            # A failure is declared and cleared sooner than by T1.231, so that each cut is one and is over soon.
            tdmctl("span", "set", f"{self.card}:{port}", "fail-declare=1000", "fail-clear=2000")
            tdmctl("span", "up", f"{self.card}:{port}")
        with open(f"{self.dir}/tdmd.conf", "w") as f:
            f.write(CONFIG.format(dir=self.dir, card=self.card, **self.line))
        self.log = open(f"{self.dir}/log", "w+")
        self.tdmd = subprocess.Popen(["tdmd", "-c", f"{self.dir}/tdmd.conf"], stderr=self.log, stdout=self.log)
        self.api = Daemon("tdmd", f"{self.dir}/sock")
        self.wait(lambda: os.path.exists(self.api.path), 60)

    def wait(self, what, seconds):
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until or self.tdmd.poll() is not None:
                return False
            time.sleep(0.1)
        return True

    def up(self):
        return self.api.get("/groups")[0]["state"] == "up"

    def fds(self):
        return len(os.listdir(f"/proc/{self.tdmd.pid}/fd"))

    def owned(self):
        slots = json.loads(tdmctl("slot", "list", "--json"))
        return [f"{s['port']}:{s['slot']}" for s in slots if s["card"] == self.card and s.get("owner")]

    def originate(self, made):
        try:
            made.add(self.api.post("/channels", endpoint="PRI/line/2001", app="test", timeout=60)["id"])
            return 1
        except Refused:
            return 0        # no free timeslot, or the D-channel is down

    def hang_up(self, channel):
        try:
            self.api.delete(f"/channels/{channel}", reason_code=rnd.choice(CAUSES))
        except Refused:
            pass            # it has ended meanwhile

    def drive(self, peer, receive, peak, at_once, chance, cuts=None):
        """tdmd's half: its calls, and its hang-ups of any call. Returns what it did."""
        made, did = set(), {"originated": 0, "hung up": 0, "refused": 0}
        while not peer.over() and (not peer.done() or cuts and (cuts.left() or cuts.cut)):
            if cuts:
                cuts.turn(peer)
            living = {c["id"] for c in self.api.get("/channels")}
            made &= living
            # No longer than anything needs them: the far end is done when no call is left, ours neither.
            wanted = cuts and (cuts.left() or peer.wants()) or (
                peer.wants() and (peer.now["received"] < receive or peer.now["peak"] < peak))
            for _ in range(4):
                if wanted and peer.now["link"] and len(made) < at_once:
                    made_one = self.originate(made)
                    did["originated"] += made_one
                    did["refused"] += not made_one
            for channel in sorted(living) if peer.now["peak"] >= peak else ():
                if rnd.random() < chance:
                    self.hang_up(channel)
                    did["hung up"] += 1
            time.sleep(0.02)
        return did

    def run(self, title, calls, least, chance=0.02, cuts=0, **options):
        """calls: in all, half of them each way. least: what pri-peer must have counted"""
        receive = (calls + 1) // 2
        at_once = options.setdefault("at_once", self.line["slots"] * 2 // 3)
        peer = Peer(self.card, self.line, calls=calls - receive, receive=receive, answers=1,
                    losses=cuts, peak=least.get("peak", 0), **options)
        cutter = Cuts(self, cuts) if cuts else None
        started = time.monotonic()
        did = self.drive(peer, receive, least.get("peak", 0), at_once, chance, cutter)
        # What only tdmd still knows of (the far end lost it with the link) is hung up by its application.
        for channel in self.api.get("/channels"):
            self.hang_up(channel["id"])
            did["hung up"] += 1
        idle = self.wait(lambda: not self.api.get("/channels") and not self.api.get("/groups")[0]["calls"], 90)
        status, now = peer.end(), peer.now
        did["cuts"] = cutter.done if cutter else 0
        least = {"placed": calls - receive, "received": receive, "answered": 1, **least}
        print(f"# {self.name} {title}: {time.monotonic() - started:.0f} s, peer {json.dumps(now)}, tdmd {json.dumps(did)}")
        if cutter:
            cutter.fault("none")
        tap.ok(status == 0 and idle, f"{self.name}, {title}: the far end did all of it; neither side has a call left")
        short = [f"{k} {now.get(k, 0)} of {v}" for k, v in least.items() if now.get(k, 0) < v]
        short += [f"cuts {did['cuts']} of {cuts}"] * (did["cuts"] < cuts)
        short += [k for k in ("originated", "hung up") if not did[k] and chance]
        tap.ok(not short, f"{self.name}, {title}: everything happened often enough" + "".join("; " + s for s in short))

    def test(self):
        calls, slots = self.line["calls"] // DIVIDE, self.line["slots"]
        few = max(2, 40 // DIVIDE)
        self.start()
        self.run("one call each way", 2, {}, at_once=2, hold_ms=100, chance=0)
        self.api.be("test")
        before = self.fds()
        self.run("both ways", max(calls * 6 // 10, 2 * slots), {"peak": slots}, hold_ms=1500)
        self.run("line cut", calls * 2 // 10, {"losses": few}, cuts=few, hold_ms=400)
        self.run("hostile", calls - calls * 8 // 10, {k: few for k in (
            "restarts", "garbage", "stalls", "illegal", "broken")}, hostile=few, hold_ms=400)
        self.leftovers(before)

    def leftovers(self, before):
        want = [f"1:{self.line['slot']}"]
        self.wait(lambda: self.owned() == want, 20)
        owned = self.owned()
        tap.ok(owned == want, f"{self.name}: every timeslot but tdmd's D-channel is idle; owned: {' '.join(owned)}")
        after = self.fds()
        tap.ok(after == before, f"{self.name}: no descriptor leaked: {before} before, {after} after")
        self.tdmd.terminate()
        status = self.tdmd.wait(timeout=60)
        with open(f"{self.dir}/log", errors="replace") as f:
            text = f.read()
        tap.ok(status == 0 and "Sanitizer" not in text and "runtime error" not in text,
               f"{self.name}: tdmd ends cleanly")
        print(f"# {self.name}: tdmd gave {text.count('does not clear: given up')} calls up that never cleared")
        late, after_all = text.count("does not release"), text.count("has released after all")
        tap.ok(late == after_all, f"{self.name}: {late} legs were late to release (a broken message waits for T305), "
               f"{after_all} of them came back")

    def stop(self):
        if self.tdmd and self.tdmd.poll() is None:
            self.tdmd.kill()
            self.tdmd.wait()
        if tap.bad and self.tdmd:
            with open(f"{self.dir}/log", errors="replace") as f:
                for text in f.readlines()[-60:]:
                    print("# tdmd: " + text.rstrip())
            if os.path.isdir("/out"):
                shutil.copy(f"{self.dir}/log", f"/out/pri-{self.name}.log")
                shutil.copy(f"{self.dir}/line.pcap", f"/out/pri-{self.name}.pcap")
        if self.card:
            subprocess.run(["tdmctl", "virt", "del", self.card], check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.dir)


def main():
    print(f"# seed {SEED}", flush=True)
    for name in sys.argv[1:] or LINES:
        world = World(name)
        try:
            world.test()
        except Exception as error:  # whatever broke is a failed test with its sentence
            traceback.print_exc(file=sys.stdout)
            tap.ok(False, f"{name}: {type(error).__name__}: {error}")
        finally:
            world.stop()
    print(f"1..{tap.n}")
    return tap.bad != 0


if __name__ == "__main__":
    sys.exit(main())
