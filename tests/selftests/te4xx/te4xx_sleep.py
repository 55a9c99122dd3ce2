#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""System sleep under traffic, by the kernel's own test of it: all of the card's callbacks run, those of the PCI layer with
them. Spans come back by themselves, what the lines carried meanwhile is a gap, and audio is whole again."""
import random
import subprocess

from te4life import PAIRS, PORTS, Traffic, dmesg_since, mark, sysfs_write
from te4lib import LONG, SEED, SLOTS, Emulator, Tap, cards, clear, exchange, fresh, name_of, span, sysfs, t, up, wait

ROUNDS = 50 if LONG else 5
SLEEP = 1			# seconds
dice = random.Random(SEED)
emulator = Emulator()


def sleep():
    """Freezes, suspends all devices, waits and wakes them; the errno."""
    for path, word in (("/sys/module/suspend/parameters/pm_test_delay", str(SLEEP)), ("/sys/power/pm_test", "platform")):
        if sysfs_write(path, word):
            raise OSError(f"{path} does not take '{word}'")
    return sysfs_write("/sys/power/state", "freeze")


def asleep(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    fresh("e1")
    subprocess.run(["insmod", "/kunit/tdm_awake.ko"], check=True)
    card = cards()[0]
    up(card, *PORTS, fail_declare=0, fail_clear=0)
    tap.ok(clear(card, PORTS), "all spans are up")
    traffic, since, name = Traffic(card, dice.random()), mark(), name_of(card)
    traffic.flows.wait(60)
    bad = []
    for n in range(ROUNDS):
        before, starts = int(sysfs(name, "rx_gap_frames")), emulator.stats()["framer-writes"]
        error = sleep()
        if error:
            bad.append(f"round {n}: errno {error}")
        if emulator.stats()["framer-writes"] - starts < 100:
            bad.append(f"round {n}: the framers were not programmed anew")
        if not wait(lambda: int(sysfs(name, "rx_gap_frames")) - before >= 8000 * SLEEP, 20):
            bad.append(f"round {n}: no gap of a second")
        if not clear(card, PORTS):
            bad.append(f"round {n}: {[span(card, p)['defects'] for p in PORTS]}")
        if not wait(lambda: all(emulator.port(p)["led"] == "green" for p in PORTS)):
            bad.append(f"round {n}: not all LEDs are green")
    tap.equal(bad, [], f"{ROUNDS} times asleep and awake, each a gap of a second or more")
    tap.ok(traffic.stop(), "descriptors go on")
    tap.equal(traffic.bad + sorted(traffic.gone), [], "and hear of no removal")
    tap.equal([x for x in dmesg_since(since) if "tdm_te4xx" in x and "fail" in x], [], "the kernel saw no failure")
    exchange(tap, card, PAIRS, SLOTS["e1"], 8000)


def what_was_told(tap):
    """The clock that was chosen, and RAI that is being sent, are sent anew."""
    card = cards()[0]
    t.do("card-set", card=card, clock_source=[3], clock_restore=0)
    tap.ok(wait(lambda: emulator.clock() == "port 3"), "the clock comes from port 3")
    emulator("alarm", 1, "los", "on")
    tap.ok(wait(lambda: "rai" in emulator.port(1)["sends"]), "port 1 hears nothing and sends RAI")
    tap.equal(sleep(), 0, "asleep and awake")
    tap.ok(wait(lambda: emulator.clock() == "port 3"), "the clock comes from there")
    tap.ok(wait(lambda: "rai" in emulator.port(1)["sends"]), "and RAI is sent")
    emulator("alarm", 1, "los", "off")
    tap.ok(wait(lambda: "rai" not in emulator.port(1)["sends"]), "until the signal is back")
    t.do("card-set", card=card, clock_source=[0], clock_restore=10000)
    subprocess.run(["rmmod", "tdm_awake"], check=True)


Tap().run(asleep, what_was_told)
