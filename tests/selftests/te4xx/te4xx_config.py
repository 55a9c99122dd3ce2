#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations and loops of a TE405P: two ports of one kind beside two of another; each comes up green with audio
bit-exact, and the framer's registers say what was asked for; what cannot be is refused."""
import time

from te4lib import (LONG, SLOTS, Emulator, NlError, Tap, clear, configure, down, exchange, fresh, leds, span, t, up, wait,
                    words)

FRAMES = 80000 if LONG else 2000
LBO = {0: "0", 1: "0", 2: "0", 3: "0", 4: "0", 5: "7.5", 6: "15", 7: "22.5"}
OTHER = {"e1": "t1", "t1": "e1", "j1": "e1"}
CONFIGS = (
    ("e1", "crc4", "hdb3"), ("e1", "crc4", "ami"), ("e1", "fas", "hdb3"), ("e1", "fas", "ami"),
    ("t1", "esf", "b8zs"), ("t1", "esf", "ami"), ("t1", "d4", "b8zs"), ("t1", "d4", "ami"),
    ("j1", "esf", "b8zs"), ("j1", "d4", "ami"),
)
FIRST_OF = {"e1": ("crc4", "hdb3"), "t1": ("esf", "b8zs")}


def kinds(tap, card, emulator):
    """Every type, framing and line code; ports 3 and 4 are of another type."""
    beside = None
    for kind, framing, code in CONFIGS:
        if beside != OTHER[kind]:
            beside = OTHER[kind]
            configure(card, (3, 4), type=beside, framing=FIRST_OF[beside][0], line_code=FIRST_OF[beside][1])
        configure(card, (1, 2), type=kind, framing=framing, line_code=code)
        name = f"{kind} {framing} {code} beside {beside}"
        tap.ok(clear(card, (1, 2, 3, 4)), f"{name}: up")
        tap.equal(leds(emulator, (1, 2, 3, 4)), ["green"] * 4, f"{name}: green")
        got = emulator.config(2)
        tap.equal([got[x] for x in ("type", "framing", "code", "loop", "cas")], [kind, framing, code, "none", "0"],
                  f"{name}: so the framer")
        exchange(tap, card, ((1, 2),), SLOTS[kind], FRAMES)
        exchange(tap, card, ((3, 4),), SLOTS[beside], FRAMES)


def mismatches(tap, card):
    """Ends that do not frame alike."""
    for kind, ours, theirs, want in (("e1", "crc4", "fas", ["lmfa"]), ("e1", "fas", "crc4", []),
                                     ("t1", "esf", "d4", ["lfa"]), ("t1", "d4", "esf", ["lfa"])):
        configure(card, (1,), type=kind, framing=ours, line_code=FIRST_OF[kind][1], lbo=0)
        configure(card, (2,), type=kind, framing=theirs, line_code=FIRST_OF[kind][1], lbo=0)

        def seen():
            return [x for x in words(span(card, 1)["defects"]) if x != "rai"]

        wait(lambda: seen() == want)
        tap.equal(seen(), want, f"{ours} that hears {theirs}")


def build_outs(tap, card, emulator):
    """Line build-out of T1."""
    for lbo, db in LBO.items():
        configure(card, (1, 2), type="t1", framing="esf", line_code="b8zs", lbo=lbo)
        tap.ok(clear(card, (1, 2)), f"lbo {lbo}: up")
        tap.equal(emulator.config(1)["lbo"], db, f"lbo {lbo}: -{db} dB")
    exchange(tap, card, ((1, 2),), SLOTS["t1"], FRAMES)


def loops(tap, card, emulator):
    """Loops, set while the span is up: who hears whom."""
    for kind in ("e1", "t1"):
        configure(card, (1, 2), type=kind, framing=FIRST_OF[kind][0], line_code=FIRST_OF[kind][1], lbo=0)
        tap.ok(clear(card, (1, 2)), f"{kind}: up")
        for loop, hears in (("local", 1), ("line", 2), ("payload", 2)):
            t.do("span-set", card=card, port=1, loopback=loop)
            tap.equal(emulator.config(1)["loop"], loop, f"{kind}: {loop} loop at port 1")
            tap.ok(clear(card, (1, 2)), f"{kind}: {loop}: both stay up")
            exchange(tap, card, ((hears, hears),), SLOTS[kind], FRAMES)
        # A line loop sends what comes, with its framing; a payload loop frames anew.
        t.do("span-set", card=card, port=1, loopback="none")
        tap.equal(emulator.config(1)["loop"], "none", f"{kind}: no loop any more")
        exchange(tap, card, ((1, 2),), SLOTS[kind], FRAMES)
        alone(tap, kind, card, emulator)


def stays_clear(card):
    """No defect now, and none half a second later: before the framer has reported there is none either, and while it
    finds its framing the port sends RAI, which a local loop brings back."""
    before = span(card, 1)["defects"]
    time.sleep(0.5)
    return not before and not span(card, 1)["defects"]


def alone(tap, kind, card, emulator):
    """With a local loop a port needs no line; a loop configured while it is down is there when it comes up."""
    emulator("alarm", 1, "los", "on")
    wait(lambda: span(card, 1)["defects"])
    down(card, (1,))
    t.do("span-set", card=card, port=1, loopback="local")
    up(card, 1)
    wait(lambda: stays_clear(card))
    tap.equal(span(card, 1)["defects"] or set(), set(), f"{kind}: a local loop sees itself, whatever the line")
    emulator("alarm", 1, "los", "off")
    t.do("span-set", card=card, port=1, loopback="none")
    tap.ok(clear(card, (1, 2)), f"{kind}: back on its line")


REFUSED = (
    ("e1", {"framing": "unframed"}, "unframed"), ("e1", {"framing": "d4"}, "framing"),
    ("e1", {"line_code": "b8zs"}, "line code"), ("e1", {"lbo": 2}, "lbo"),
    ("t1", {"framing": "crc4"}, "framing"), ("t1", {"line_code": "hdb3"}, "line code"),
    ("t1", {"framing": "unframed"}, "framing"), ("j1", {"framing": "fas"}, "framing"),
    ("j1", {"line_code": "hdb3"}, "line code"),
)


def refusals(tap, card):
    """What cannot be says so, and changes nothing."""
    for kind, change, word in REFUSED:
        fresh(kind)
        before = span(card)
        try:
            t.do("span-set", card=card, port=1, state="up", **change)
            why = ""
        except NlError as e:
            why = e.nl_msg.extack.get("msg", "") if e.nl_msg.extack else ""
        tap.ok(word in why, f"{kind} with {change} is refused with a sentence", repr(why))
        tap.equal(span(card), before, f"{kind} with {change}: nothing changed")


def everything(tap):
    card, emulator = fresh("e1"), Emulator()
    kinds(tap, card, emulator)
    mismatches(tap, card)
    build_outs(tap, card, emulator)
    loops(tap, card, emulator)
    refusals(tap, card)


Tap().run(everything)
