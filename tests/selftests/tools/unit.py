#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tdmd under systemd, by the unit that is installed: what it may do there, 30 calls, and SIGKILL under them.

                  span 1 ====== span 2
    [ near: tdmd.service ] | [ far: tdmd ]      14 bridges in near, each of two of the 30 calls

systemd is process 1 of a PID namespace of its own, in which this program starts again. Runs in the guest; TAP.
"""
import glob
import json
import os
import select
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../../demo", f"{HERE}/../netlink"]
sys.dont_write_bytecode = True
import wav  # noqa: E402
from ari import Daemon, until  # noqa: E402
from nltest import tdm  # noqa: E402

SYSTEMD = "/usr/lib/systemd/systemd"
# The kernel's settings are the guest's, not those of who boots here.
START = """set -e
mountpoint -q /run || mount -t tmpfs -o mode=755 tmpfs /run
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/systemd/system
for u in sysctl modules-load remount-fs; do ln -sf /dev/null /run/systemd/system/systemd-$u.service; done
exec env -i PATH="$PATH" container=opentdm SYSTEMD
""".replace("SYSTEMD", f"{SYSTEMD} --system --unit=basic.target")
NEAR = """[records]
database = /var/lib/opentdm/calls.db
journal = /var/lib/opentdm/calls.journal
[group near]
spans = {card}:1
side = user
"""
FAR = """[api]
socket = /run/far.sock
[group far]
spans = {card}:2
side = network
select = descending
[route *]
action = answer
"""
CALLS, BRIDGES, D_SLOT = 30, 14, 16
LEFT_BY_IT = ["/etc/opentdm/tdmd.conf", "/tmp/far.conf", *(f"/var/lib/opentdm/{x}" for x in
              ("calls.db", "calls.db-shm", "calls.db-wal", "calls.journal"))]
NOTHING = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}
RECORDINGS, RATE = "/var/lib/opentdm/recordings", 8000
# Seconds until what has to happen is a failure; the machine may be slow, and the figures are printed.
PATIENCE = 100
count = bad = 0


def ok(good, sentence, *why):
    global count, bad
    count += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {count} - {sentence}", flush=True)
    if not good and why:
        print("# " + " ".join(str(w) for w in why).replace("\n", "\n# "), flush=True)


def run(*argv, check=True):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if check and done.returncode:
        raise AssertionError(f"{argv}: {done.returncode}: {done.stdout}{done.stderr}")
    return done


def shown(what):
    """A property of the unit"""
    return run("systemctl", "show", "-P", what, "tdmd").stdout.strip()


# --- outside: systemd, and this program beside it ------------------------------------------------------------------

def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return f.read().split()[:1]


def outside():
    with open("/tmp/systemd.log", "w") as log:
        manager = subprocess.Popen(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "bash",
                                    "-c", START], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        pid = until(lambda: child_of(manager.pid), PATIENCE, "the namespace's process 1")[0]
        until(lambda: os.readlink(f"/proc/{pid}/exe") == SYSTEMD, PATIENCE, "systemd")
        return subprocess.run(["nsenter", "-t", pid, "-p", "-m", sys.executable, __file__, "--inside"],
                              check=False).returncode
    except TimeoutError as error:
        with open("/tmp/systemd.log") as f:
            print(f"not ok 1 - {error}\n1..1\n# {f.read()}")
        return 1
    finally:
        manager.kill()
        manager.wait()


# --- inside --------------------------------------------------------------------------------------------------------

class Test:
    def __init__(self):
        self.near, self.far = Daemon("near", "/run/opentdm/tdmd.sock"), Daemon("far", "/run/far.sock")
        self.netlink, self.card = tdm(), "virt0"

    def start(self):
        until(lambda: run("systemctl", "is-active", "basic.target", check=False).stdout.strip() == "active", PATIENCE,
              "systemd has started")
        run("tdmctl", "virt", "add", "--ports", "2", "--type", "e1")
        self.card = json.loads(run("tdmctl", "card", "list", "--json").stdout)[-1]["card"]
        run("tdmctl", "virt", "join", f"{self.card}:1", f"{self.card}:2")
        run("tdmctl", "span", "up", self.card)
        os.makedirs("/etc/opentdm", exist_ok=True)
        os.makedirs(RECORDINGS, exist_ok=True)
        for name, text in (("/etc/opentdm/tdmd.conf", NEAR), ("/tmp/far.conf", FAR)):
            with open(name, "w") as f:
                f.write(text.format(card=self.card))
        self.process = subprocess.Popen(["tdmd", "-c", "/tmp/far.conf"], stderr=subprocess.DEVNULL)
        done = run("systemctl", "start", "tdmd", check=False)
        ok(done.returncode == 0 and shown("ActiveState") == "active", "the unit starts", done.stderr)
        self.far.listen()
        self.ready()

    def ready(self):
        until(lambda: os.path.exists(self.near.path) and
              all(d.get("/groups")[0]["state"] == "up" for d in (self.near, self.far)), PATIENCE, "the D-channel up")

    def confined(self):
        pid = shown("MainPID")
        loose = {}
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/status") as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
            if status["NoNewPrivs"] != "1" or status["Seccomp"] != "2" or any(int(status[n], 16) for n in NOTHING):
                loose[thread] = status
        ok(not loose, "no thread has a capability or can get one, and all are under a filter of system calls", loose)
        for what, word in (("touch /usr/x", "Read-only"), ("touch /etc/opentdm/x", "Read-only"), ("ls /home", "denied"),
                           ("ls /root", "denied"), ("test ! -e /tmp/far.conf", ""),
                           ("touch /var/lib/opentdm/x && rm /var/lib/opentdm/x", "")):
            # The mounts of the daemon, root's number and none of its capabilities
            done = run("nsenter", "-t", pid, "-m", "setpriv", "--bounding-set=-all", "--inh-caps=-all", "sh", "-c",
                       what, check=False)
            ok((word in done.stderr and done.returncode) if word else not done.returncode,
               f"where it is: {what}{': refused' if word else ''}", done.returncode, done.stderr)
        group = run("systemctl", "show", "-P", "ControlGroup", "tdmd").stdout.strip()
        for device, good in (("/dev/tdm", True), ("/dev/null", True), ("/dev/kmsg", False), ("/dev/mem", False)):
            done = run("sh", "-c", f"echo $$ >/sys/fs/cgroup{group}/cgroup.procs; exec 3<{device}", check=False)
            ok((done.returncode == 0) == good, f"{device} {'can' if good else 'cannot'} be opened", done.stderr)

    def calls(self):
        """30 that are up: 28 in bridges in the kernel, one of the others is recorded"""
        sids = [self.near.post("/channels", endpoint="PRI/near/2001", app="test")["id"] for _ in range(CALLS)]
        until(lambda: len([c for c in self.near.get("/channels") if c["state"] == "Up"]) == CALLS, PATIENCE, "calls up")
        self.near.post(f"/channels/{sids[-1]}/record", name=f"kept{count}")
        for a, b in zip(sids[:-2:2], sids[1:-2:2]):
            bridge = self.near.post("/bridges")["id"]
            self.near.post(f"/bridges/{bridge}/addChannel", channel=f"{a},{b}")
        until(lambda: len([b for b in self.near.get("/bridges") if b["path"] == "kernel"]) == BRIDGES, PATIENCE,
              "bridges in the kernel")
        ok(len(self.connects()) == BRIDGES, f"{CALLS} calls, {BRIDGES} bridges in the kernel", self.connects())

    def recorded(self):
        """Frames of what was being recorded"""
        for name in glob.glob(f"{RECORDINGS}/*kept*"):
            return len(wav.read(name)[1]) if os.path.getsize(name) > RATE else 0
        return 0

    def connects(self):
        return self.netlink.dump("connect-get")

    def owned(self):
        """B-channels of near that are somebody's"""
        card = next(c["card"] for c in self.netlink.dump("card-get") if c["card-name"] == self.card)
        return [s["slot"] for s in self.netlink.dump("slot-get", card=card, port=1)
                if s["slot"] != D_SLOT and s.get("owner")]

    def killed(self):
        ok(len(self.owned()) == CALLS, "their timeslots are the daemon's", self.owned())
        until(lambda: self.recorded() >= RATE, PATIENCE, "a second is recorded")
        mark, pid = len(self.far.events), int(shown("MainPID"))
        poll = select.poll()
        poll.register(os.pidfd_open(pid), select.POLLIN)
        os.kill(pid, signal.SIGKILL)
        poll.poll(PATIENCE * 1000)
        death = time.monotonic()
        time.sleep(0.1)
        owned, connects = self.owned(), self.connects()
        ok(not owned and not connects, "SIGKILL: 100 ms later all timeslots are idle, and nobody is joined to another",
           owned, connects)
        until(lambda: shown("ActiveState") == "active" and int(shown("MainPID")) not in (0, pid), PATIENCE, "a new one")
        ok(shown("NRestarts") == "1", f"systemd has started it again after {time.monotonic() - death:.1f} s",
           shown("NRestarts"))
        until(lambda: not self.far.get("/channels"), PATIENCE, "the far ends' calls end")
        print(f"# the far ends were released within {time.monotonic() - death:.1f} s")
        causes = [e["cause"] for e in self.far.events[mark:] if e["type"] == "ChannelDestroyed"]
        # 41: RESTART came from the new one (Q.931 5.5); 27: the D-channel was down for too long before
        ok(len(causes) == CALLS and set(causes) <= {27, 41}, "the far ends are released, each with a cause", causes)
        records = self.near.get("/records", limit=100)
        ok(len(records) == CALLS and {r["disposition"] for r in records} == {"interrupted"},
           "each call is on record, interrupted", [r["disposition"] for r in records])
        ok(self.recorded() >= RATE, "a recording of then can be played, with all but its last moment", self.recorded())

    def again(self):
        self.ready()
        self.confined()
        self.calls()
        run("systemctl", "stop", "tdmd")
        ok(shown("Result") == "success" and not self.owned() and not self.connects(), "it stops", shown("Result"))

    def end(self):
        if bad:
            text = run("journalctl", "-n", "30", "-o", "cat", "--no-pager", check=False).stdout
            print("".join(f"# {line}\n" for line in text.splitlines()), end="")
        run("systemctl", "kill", "-s", "KILL", "tdmd", check=False)
        self.process.kill()
        run("tdmctl", "virt", "del", self.card, check=False)
        for name in LEFT_BY_IT + glob.glob(f"{RECORDINGS}/*kept*"):
            if os.path.exists(name):
                os.unlink(name)


def inside():
    test = Test()
    try:
        test.start()
        test.confined()
        test.calls()
        test.killed()
        test.again()
    except Exception as error:  # whatever broke is a failed test with its sentence
        ok(False, f"{type(error).__name__}: {error}")
    finally:
        test.end()
    print(f"1..{count}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(inside() if "--inside" in sys.argv else outside())
