#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Removal at any moment: cards deleted and yanked, and the driver unloaded, under ticks, joins across
cards, configuration, dumps, sysfs readers and open descriptors. The rig fails on any complaint of the kernel."""
import ctypes
import fcntl
import os
import random
import subprocess
import threading
import time

from virtlib import LONG, NlError, Tap, remove_all, t, tdm, up, v, virt, wait
from lib import ynl  # noqa: E402, after virtlib has set the path

SEED = int(os.environ.get("OPENTDM_SEED", random.SystemRandom().randrange(1 << 31)))
ROUNDS = 100 if LONG else 10


class Bind(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint32), ("flags", ctypes.c_uint32), ("card", ctypes.c_uint32),
                ("port", ctypes.c_uint32), ("slots", ctypes.c_uint32), ("mode", ctypes.c_uint16),
                ("bearer", ctypes.c_uint16), ("rx_frames", ctypes.c_uint32),
                ("tx_frames", ctypes.c_uint32), ("rx_wake", ctypes.c_uint32),
                ("mtu", ctypes.c_uint32), ("reserved", ctypes.c_uint32 * 2),
                ("frame", ctypes.c_uint64), ("reason", ctypes.c_char * 128)]


BIND = 3 << 30 | ctypes.sizeof(Bind) << 16 | 0xe1 << 8 | 1


def bound(card, port, slot):
    fd = os.open("/dev/tdm", os.O_RDWR | os.O_NONBLOCK)
    b = Bind(size=ctypes.sizeof(Bind), flags=1, card=card, port=port, slots=1 << slot, bearer=1)
    try:
        fcntl.ioctl(fd, BIND, b)
    except OSError:
        os.close(fd)            # else it would keep tdm.ko in use for as long as this test runs
        raise
    return fd


class Load:
    """Threads that use whatever cards there are, until told to stop; only ENODEV and its like is fine."""

    def __init__(self, dice):
        self.stop, self.bad, self.done = threading.Event(), [], 0
        jobs = (self.dump, self.read_sysfs, self.configure, self.descriptors)
        self.threads = [threading.Thread(target=self.guard, args=(j, dice.random())) for j in jobs]
        for x in self.threads:
            x.start()

    def guard(self, job, seed):
        try:
            while not self.stop.is_set():
                job(random.Random(seed + self.done))
                self.done += 1
        except Exception as e:  # pylint: disable=broad-except
            self.bad.append(repr(e))

    def dump(self, dice):
        mine = tdm()
        for op in ("card-get", "span-get", "slot-get"):
            try:
                mine.dump(op)
            except NlError as e:
                if abs(e.error) != 4:       # EINTR: interrupted, as it should say
                    raise

    def read_sysfs(self, dice):
        base = "/sys/class/opentdm"
        for dev in os.listdir(base):
            try:
                for attr in os.listdir(f"{base}/{dev}"):
                    if os.path.isfile(f"{base}/{dev}/{attr}") and attr != "uevent":
                        with open(f"{base}/{dev}/{attr}", encoding="ascii") as f:
                            f.read()
            except OSError:
                pass            # gone

    def cards(self):
        try:
            return [c["card"] for c in tdm().dump("card-get")]
        except NlError:
            return []

    def configure(self, dice):
        for card in self.cards():
            try:
                t2 = tdm()
                t2.do("span-set", card=card, port=dice.randint(1, 4),
                      state=dice.choice(("up", "down")))
            except NlError as e:
                if abs(e.error) != 19:      # ENODEV
                    raise

    def descriptors(self, dice):
        fds = []
        for card in self.cards():
            try:
                fds.append(bound(card, dice.randint(1, 4), dice.randint(1, 31)))
            except OSError as e:
                if e.errno not in (19, 16):     # ENODEV, EBUSY
                    raise
        for _ in range(20):
            for fd in fds:
                for act in (lambda f: os.read(f, 160), lambda f: os.write(f, bytes(160))):
                    try:
                        act(fd)
                    except OSError as e:
                        if e.errno not in (11, 19, 100):        # EAGAIN, ENODEV, ENETDOWN
                            raise
            time.sleep(0.002)
        for fd in fds:
            os.close(fd)

    def end(self):
        self.stop.set()
        for x in self.threads:
            x.join()


def plant(dice):
    """Two cards of four ports, joined within and across, most spans up."""
    a, b = v.do("new", ports=4)["card"], v.do("new", ports=4)["card"]
    v.do("join", card=a, port=1, peer_card=a, peer_port=2)
    v.do("join", card=a, port=3, peer_card=b, peer_port=3)
    v.do("join", card=a, port=4, peer_card=b, peer_port=1)
    v.do("join", card=b, port=4, peer_card=b, peer_port=4)
    v.do("fault", card=a, slip_ppm=dice.choice((0, 500, -1000)))
    for card in (a, b):
        for p in range(1, 5):
            if dice.random() < 0.8:
                try:
                    up(card, p)
                except NlError:
                    pass
    return [a, b]


def under_load(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    remove_all()
    dice = random.Random(SEED)
    load = Load(dice)
    for _ in range(ROUNDS):
        cards = plant(dice)
        time.sleep(dice.random() * 0.2)
        dice.shuffle(cards)
        for card in cards:
            if dice.random() < 0.5:
                v.do("fault", card=card, yank=True)
            else:
                v.do("del", card=card)
    tap.ok(wait(lambda: not v.dump("get")), f"{ROUNDS} times two cards came and went")
    load.end()
    tap.equal(load.bad, [], f"{load.done} uses met nothing but ENODEV and its like")
    tap.equal(os.listdir("/sys/class/opentdm"), [], "nothing is left in sysfs")


def ids(tap):
    seen = [v.do("new", ports=1)["card"] for _ in range(3)]
    v.do("del", card=seen[-1])
    seen.append(v.do("new", ports=1)["card"])
    tap.equal(sorted(set(seen)), seen, f"ids ascend and are never used twice: {seen}")
    named = v.do("new", ports=1, key="slot-a")
    v.do("del", card=named["card"])
    other = v.do("new", ports=1)
    again = v.do("new", ports=1, key="slot-a")
    tap.equal(again["card-name"], named["card-name"], "the same key gets the same name again")
    tap.ok(other["card-name"] != named["card-name"], "and nobody else in between")
    remove_all()


def unload(tap):
    """The card's module goes under an open descriptor; the core's says that it is in use."""
    card = v.do("new", ports=2)["card"]
    v.do("join", card=card, port=1, peer_card=card, peer_port=2)
    up(card, 1, 2)
    fd = bound(card, 1, 5)
    os.set_blocking(fd, True)
    got = []

    def reader():
        try:
            while True:
                os.read(fd, 80)
        except OSError as e:
            got.append(e.errno)

    x = threading.Thread(target=reader)
    x.start()
    time.sleep(0.2)
    tap.equal(subprocess.run(["rmmod", "tdm_virt"], check=False).returncode, 0, "rmmod tdm_virt works")
    x.join(10)
    tap.equal(got, [19], "a blocked reader gets ENODEV")
    tap.ok(subprocess.run(["rmmod", "tdm"], check=False, stderr=subprocess.DEVNULL).returncode,
           "rmmod tdm refuses while a descriptor is open")
    os.close(fd)
    tap.ok(wait(lambda: not subprocess.run(["rmmod", "tdm"], check=False,
                                           stderr=subprocess.DEVNULL).returncode, 5),
           "and works when it is closed")
    tap.equal(subprocess.run(["modprobe", "tdm_virt"], check=False).returncode, 0, "both load again")


def forget_families():
    """ynl keeps the families' numbers, which are others when the modules come again."""
    ynl.genl_family_name_to_id = None


def load_loop(tap):
    bad = 0
    for i in range(50 if LONG else 5):
        bad += subprocess.run(["rmmod", "tdm_virt"], check=False).returncode != 0
        bad += subprocess.run(["rmmod", "tdm"], check=False).returncode != 0
        bad += subprocess.run(["modprobe", "tdm_virt", "cards=3", "ports=4",
                               f"type={('e1', 't1')[i % 2]}"], check=False).returncode != 0
        forget_families()
        mine = tdm()
        for c in mine.dump("card-get"):
            for p in range(1, 5):
                mine.do("span-set", card=c["card"], port=p, state="up")
    tap.equal(bad, 0, "loaded with cards, brought up, unloaded, again and again")
    forget_families()
    virt_now = virt()
    for c in {p["card"] for p in virt_now.dump("get")}:
        virt_now.do("del", card=c)


Tap().run(ids, under_load, unload, load_loop)
