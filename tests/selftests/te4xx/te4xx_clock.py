#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clocks of two cards whose oscillators differ: slips of one frame, each told with its sign; a card that takes a line's
clock has none; sources fail over and come back."""
import time

from te4lib import Emulator, Listener, Tap, card_of, clear, fresh, rx_frame, sysfs, t, up, wait

PORTS = (1, 2)
PPM = 1000			# eight frames a second, in the long run
SIGN = {"te0": 1, "te1": -1}	# te0 runs fast: it hears too little and repeats
RESTORE_MS = 1500
MADE_GOOD = 4			# slips that fell into a millisecond with another, at the start


def slips_of(dev):
    return [int(sysfs(f"{dev}:{p}", "slips")) for p in PORTS]


def seconds(n):
    end = rx_frame() + 8000 * n
    wait(lambda: rx_frame() >= end, 120)


def noticed(emulators):
    """How many slips the framers themselves had."""
    return {f"te{i}": [int(e.port(p)["slips"]) for p in PORTS] for i, e in enumerate(emulators)}


def slips(tap, ids, emulators):
    """Different rates slip; a card that takes its clock from the line has no more, and by then each was counted."""
    at, had = noticed(emulators), {dev: slips_of(dev) for dev in ids}
    ear = Listener()
    emulators[0]("ppm", PPM)
    # One card may be some milliseconds behind the other, and that is made good first: so the patience.
    for dev, card in ids.items():
        tap.ok(wait(lambda: min(a - b for a, b in zip(slips_of(dev), had[dev])) > 8, 120),
               f"{dev}: slips of both ports are counted")
        got = ear.until(lambda n, m: n == "slip-ntf" and m["card"] == card and m["slip"] == SIGN[dev], 30)
        tap.ok(got, f"{dev}: and told, with their sign")
    t.do("card-set", card=ids["te1"], clock_source=[2])
    tap.ok(wait(lambda: emulators[1].clock() == "port 2"), "the card takes port 2's clock", *emulators[1]("clock"))

    def quiet():
        before = noticed(emulators)
        seconds(2)
        return noticed(emulators) == before

    tap.ok(wait(quiet, 120), "and there are no more slips, at either end")
    for dev in ids:
        want = [a - b for a, b in zip(noticed(emulators)[dev], at[dev])]
        got = [a - b for a, b in zip(slips_of(dev), had[dev])]
        # A framer has one bit for it: of two in a millisecond, where a card had to catch up, one is told.
        tap.ok(all(w - MADE_GOOD <= g <= w for g, w in zip(got, want)), f"{dev}: slips were counted: {got} of {want}")


def failover(tap, ids, emulators):
    card, ear = ids["te1"], Listener()
    t.do("card-set", card=card, clock_source=[1, 2], clock_restore=RESTORE_MS)

    def becomes(state, port, name):
        want = (state, port)
        wait(lambda: (card_of(card)["clock-state"], card_of(card)["clock-port"]) == want)
        tap.equal((card_of(card)["clock-state"], card_of(card)["clock-port"]), want, name)
        at = f"port {port}" if port else "own"
        tap.equal(emulators[1].clock(), at, f"{name}: the card's clock is {at}")
        tap.ok(ear.until(lambda n, m: n == "clock-change-ntf" and m["card"] == card and
                         (m["clock-state"], m["clock-port"]) == want, 10), f"{name}: and there is an event")

    becomes("locked", 1, "the first of the list, after the wait to restore")
    emulators[1]("alarm", 1, "los", "on")
    becomes("locked", 2, "LOS there: the second")
    emulators[1]("alarm", 2, "ais", "on")
    becomes("holdover", 0, "AIS there too: holdover")
    emulators[1]("alarm", 2, "ais", "off")
    becomes("locked", 2, "one is back: at once")
    start = time.monotonic()
    emulators[1]("alarm", 1, "los", "off")
    becomes("locked", 1, "the better one is back")
    took = time.monotonic() - start
    tap.ok(took >= RESTORE_MS / 1000 - 0.1, f"after the wait to restore ({took:.1f} s)")
    t.do("card-set", card=card, clock_source=[0])
    becomes("free", 0, "no source: its own oscillator")


def everything(tap):
    emulators = [Emulator(1), Emulator(2)]
    ids = {f"te{i}": fresh("e1", i) for i in (0, 1)}
    for i, card in enumerate(ids.values()):
        tap.equal(emulators[i].clock(), "own", f"te{i} starts with its own clock")
        up(card, *PORTS, fail_declare=0, fail_clear=0)
    for dev, card in ids.items():
        tap.ok(clear(card, PORTS), f"{dev} is up")
    slips(tap, ids, emulators)
    failover(tap, ids, emulators)


Tap().run(everything)
