#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clocks: slips between cards of different rate and none between slaved ones, failover, wait to restore,
holdover, late ticks, a clock that dies."""
import time

from virtlib import LONG, Listener, Tap, card_of, remove_all, pair, span, sysfs, t, up, v, wait, words

STARTS = 100 if LONG else 10


def two_cards():
    remove_all()
    a, b = v.do("new", ports=2)["card"], v.do("new", ports=2)["card"]
    for p in (1, 2):
        v.do("join", card=a, port=p, peer_card=b, peer_port=p)
    up(a, 1, 2)
    up(b, 1, 2)
    wait(lambda: not any(span(c, p)["defects"] for c in (a, b) for p in (1, 2)))
    return a, b


def slips(tap):
    """1000 ppm are eight frames a second."""
    # Again and again: a card may start just when the timer is late.
    for n in range(STARTS):
        a, b = two_cards()
        time.sleep(0.3)
        tap.equal([int(sysfs(f"virt{i}:{p}", "slips")) for i in (0, 1) for p in (1, 2)], [0] * 4,
                  f"equal rates: no slip, start {n}")
    v.do("fault", card=a, slip_ppm=1000)
    tap.ok(wait(lambda: int(sysfs("virt0:1", "slips")) > 8), "different rates: slips at the fast card")
    tap.ok(wait(lambda: int(sysfs("virt1:1", "slips")) > 8), "and at the slow card")
    # The slow card takes its clock from the line.
    t.do("card-set", card=b, clock_source=[1])
    tap.ok(wait(lambda: card_of(b)["clock-state"] == "locked"), "the slow card takes the line's clock")

    def quiet():
        before = sysfs("virt1:1", "slips"), sysfs("virt0:1", "slips")
        time.sleep(3)
        return (sysfs("virt1:1", "slips"), sysfs("virt0:1", "slips")) == before

    # Eight a second before; what the buffer still has to make good comes first.
    tap.ok(wait(quiet, 9), "slaved: no more slips")


def failover(tap):
    """The list's order, the preferred source, wait to restore, holdover."""
    a, b = two_cards()
    ear = Listener()
    t.do("card-set", card=b, clock_source=[1, 2], clock_restore=1500)

    def where():
        c = card_of(b)
        return c["clock-state"], c["clock-port"]

    def becomes(want, name):
        wait(lambda: where() == want, 10)
        tap.equal(where(), want, name)
        got = ear.until(lambda n, m: n == "clock-change-ntf" and
                        (m["clock-state"], m["clock-port"]) == want, 5)
        tap.ok(got, name + ": and there is an event")

    becomes(("locked", 1), "the first of the list")
    v.do("fault", card=b, port=1, defects={"los"})
    becomes(("locked", 2), "LOS there: the second")
    v.do("fault", card=b, port=2, defects={"ais"})
    becomes(("holdover", 0), "AIS there too: holdover")
    v.do("fault", card=b, port=2, defects=set())
    becomes(("locked", 2), "one is back: at once")
    start = time.monotonic()
    v.do("fault", card=b, port=1, defects=set())
    becomes(("locked", 1), "the better one is back")
    took = time.monotonic() - start
    tap.ok(took >= 1.4, f"after the wait to restore ({took:.1f} s)")
    t.do("card-set", card=b, clock_prefer=2, clock_restore=0)
    becomes(("locked", 2), "the preferred one")
    v.do("fault", card=b, port=2, refuse_ops={"clock"})
    t.do("card-set", card=b, clock_prefer=0)
    time.sleep(0.5)
    tap.equal(where(), ("locked", 2), "a driver that refuses the better one keeps the one it has")
    v.do("fault", card=b, port=2, refuse_ops=set())
    becomes(("locked", 1), "it is asked again")
    t.do("card-set", card=b, clock_source=[0])
    becomes(("free", 0), "no source: its own oscillator")


def late(tap):
    """Late ticks within the bound lose nothing; beyond it is a counted gap."""
    remove_all()
    card = pair(2)
    blocks = 0
    v.do("fault", card=card, late_ticks=20)
    wait(lambda: int(sysfs("virt0", "late_ticks")) >= 1, 5)
    tap.equal((sysfs("virt0", "late_ticks"), sysfs("virt0", "gaps")), ("1", "0"), "20 ticks late: no gap")
    v.do("fault", card=card, late_ticks=99)
    wait(lambda: int(sysfs("virt0", "gaps")) >= 1, 5)
    tap.equal((sysfs("virt0", "gaps"), sysfs("virt0", "rx_gap_frames")), ("1", str((100 - 32) * 8)),
              "100 blocks at once: all but 32 are a gap")
    tap.equal(blocks, 0, "and the card goes on") if wait(
        lambda: int(sysfs("virt0", "rx_frame")) > 0) else tap.ok(False, "the card goes on")


def dies(tap):
    """The watchdog."""
    remove_all()
    card = pair(2)
    ear = Listener()
    v.do("fault", card=card, stall=1)
    got = ear.until(lambda n, m: n == "notice-ntf", 10)
    tap.ok(got and "clock is dead" in got[-1][1]["notice"], "a sentence says that the clock is dead")
    tap.ok(wait(lambda: sysfs("virt0:1", "stalled") == "1"), "the span is stalled")
    v.do("fault", card=card, stall=0)
    tap.ok(wait(lambda: sysfs("virt0:1", "stalled") == "0"), "until it ticks again")
    tap.equal(words(span(card, 1)["defects"]), [], "without a defect")


Tap().run(slips, failover, late, dies)
