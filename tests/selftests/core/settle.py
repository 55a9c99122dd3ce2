#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bits whose end is seen and not yet reported are no change: before bits count as ones that have lasted the driver is
asked for what is under way, once, with the span's mutex held and nothing else. The card's time is the test's own."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "te4xx"))

from te4lib import EVENT_CAS, Tap, bind, events, rx_frame, sysfs, t, up, wait  # noqa: E402

DEV = "late0"
SLOT = 5
IDLE, OTHER = 0b1001, 0b0101	# Q.421
PERSIST = 16			# blocks that bits must last: work.c
SHORT, LONG = 4, PERSIST + 9


def do(*words):
    """One command of the module's."""
    with open("/dev/tdm_late", "wb", buffering=0) as f:
        f.write(" ".join(map(str, words)).encode())


def parameter(name):
    with open(f"/sys/module/tdm_late/parameters/{name}", encoding="ascii") as f:
        return f.read()


def settled():
    return int(parameter("settled"))


def run():
    """The span's work has seen all that has happened, and told it. The first run may have looked at the clock before it
    happened; the second did not; and as the third begins, what that one found is delivered."""
    for _ in range(3):
        before = sysfs(f"{DEV}:1", "slips")
        do("slip")
        if not wait(lambda: sysfs(f"{DEV}:1", "slips") != before, 60):
            raise TimeoutError("the span's work does not run")


def told(fd):
    """The changes that the slot's owner was told of: (slot, bits, bits before, frame) each."""
    return [e[1:5] for e in events(fd) if e[0] == EVENT_CAS]


def start(tap):
    subprocess.run(["insmod", "/kunit/tdm_late.ko"], check=True)
    card = next(c["card"] for c in t.dump("card-get") if c["card-name"] == DEV)
    up(card, 1)
    fd = bind(card, 1, 1 << SLOT)
    run()
    tap.equal((told(fd), settled()), ([], 0), "nothing has changed, and nobody asks")
    return fd


def pulse(tap, fd):
    """Its end is seen in time and reported late."""
    before = settled()
    do("cas", SLOT, OTHER)
    do("tick", SHORT)
    do("late", SLOT, IDLE)
    do("tick", LONG)
    run()
    do("serve")			# what nobody has asked for
    run()
    tap.equal(told(fd), [], f"{SHORT} ms are no change, however late their end is reported")
    tap.equal(settled() - before, 1, "the driver was asked once")
    held = [x for x in parameter("held").split() if not x.startswith(("(wq_completion)", "(work_completion)"))]
    tap.equal(held, ["span.mutex"], "with the span's mutex held and nothing else")


def lasts(tap, fd):
    """Nothing is under way: the driver is asked when the time is over, and not in other runs of the work."""
    before, frame = settled(), rx_frame(DEV)
    do("cas", SLOT, OTHER)
    do("tick", PERSIST - 1)
    run()
    tap.equal((told(fd), settled() - before), ([], 0), f"{PERSIST - 1} ms: nothing is told, and nobody asks")
    do("tick", 1)
    run()
    tap.equal((told(fd), settled() - before), ([(SLOT, OTHER, IDLE, frame)], 1),
              f"{PERSIST} ms are a change, of the frame in which it began; the driver was asked once")
    do("tick", LONG)
    run()
    tap.equal((told(fd), settled() - before), ([], 1), "that is all")


def everything(tap):
    fd = start(tap)
    pulse(tap, fd)
    lasts(tap, fd)
    os.close(fd)
    tap.equal(subprocess.run(["rmmod", "tdm_late"], check=False).returncode, 0, "the module goes")


Tap().run(everything)
