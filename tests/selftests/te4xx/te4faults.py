# SPDX-License-Identifier: GPL-2.0-or-later
"""Alarms and counters of an E1 and of a T1 card alike: what the emulator injects, the span tells."""
import time

from te4lib import LONG, Emulator, Listener, Tap, clear, configure, fresh, rx_frame, span, t, up, wait, words

FAULTS = (
    # injected at port 1, RAI is sent, LED
    ("los", True, "red"),
    ("ais", True, "red"),
    ("lfa", True, "red"),
    ("rai", False, "yellow"),
)
SHORT_MS = (1, 2, 3, 10) if LONG else (1, 4)
ROUNDS = 5 if LONG else 1
COUNTED = (
    # the emulator's word, attribute, so many: more than an octet, and less than makes a second severely errored
    ("crc", "crc", 300),
    ("code", "lcv", 1000),
    ("fas", "frame", 7),
    ("ebit", "ebit", 5),
)
FRAMINGS = {"e1": ("crc4", "fas"), "t1": ("esf", "d4")}
PAIRS = (1, 2)


def alarm_event(ear, card, port, attr, what):
    """The event in which a failure is declared or cleared; None if it does not come."""
    got = ear.until(lambda n, m: n == "alarm-ntf" and (m["card"], m["port"]) == (card, port) and
                    what in words(m.get(attr)), 30)
    return got and got[-1][1]


def alarms(tap, card, emulator):
    """Onset and end of each, by event; RAI sent, which the far end hears; the LEDs."""
    ear, took = Listener(), 0
    for what, rai, led in FAULTS * ROUNDS:
        now = rx_frame()
        emulator("alarm", 1, what, "on")
        event = alarm_event(ear, card, 1, "raised", what)
        tap.ok(event, f"{what}: an event declares it")
        took += event["frame"] - now
        tap.equal(words(span(card, 1)["defects"]), [what], f"{what}: the defect")
        tap.equal(span(card, 1)["sending-rai"], int(rai), f"{what}: RAI is sent: {rai}")
        wait(lambda: ("rai" in emulator.port(1)["sends"]) == rai)
        tap.equal("rai" in emulator.port(1)["sends"].split(","), rai, f"{what}: on the line too")
        want = ["rai"] if rai else []
        wait(lambda: words(span(card, 2)["defects"]) == want)
        tap.equal(words(span(card, 2)["defects"]), want, f"{what}: what the far end sees")
        leds = [led, "yellow" if rai else "green"]
        wait(lambda: [emulator.port(p)["led"] for p in PAIRS] == leds)
        tap.equal([emulator.port(p)["led"] for p in PAIRS], leds, f"{what}: the LEDs of both")
        emulator("alarm", 1, what, "off")
        tap.ok(alarm_event(ear, card, 1, "cleared", what), f"{what}: an event clears it")
        tap.ok(clear(card, PAIRS), f"{what}: it ends, and all that it caused")
        wait(lambda: "rai" not in emulator.port(1)["sends"])
        tap.equal((span(card, 1)["sending-rai"], "rai" in emulator.port(1)["sends"]), (0, False),
                  f"{what}: no RAI any more")
    # Looked at once a second, they would take half a second each.
    tap.ok(took < 1000 * len(FAULTS) * ROUNDS, f"{len(FAULTS) * ROUNDS} onsets took {took} frames in all: by interrupt")


def short(tap, card, emulator):
    """A defect of some milliseconds is one, though it may be over before anybody can look."""
    ear = Listener()
    for what, _, _ in FAULTS:
        for ms in SHORT_MS:
            emulator("alarm", 1, what, ms)
            tap.ok(alarm_event(ear, card, 1, "raised", what), f"{what} of {ms} ms: an event declares it")
            tap.ok(alarm_event(ear, card, 1, "cleared", what), f"{what} of {ms} ms: and one clears it")
            tap.ok(clear(card, PAIRS), f"{what} of {ms} ms: it is over")


def line_counts(card, port):
    return t.do("counters-get", card=card, port=port)["line"]


def seconds(n):
    """Lets so many seconds of the line pass."""
    end = rx_frame() + 8000 * n
    wait(lambda: rx_frame() >= end, 60)


def counters(tap, kind, card, emulator):
    """What is injected is counted, exactly, in the first and in the far end's counters."""
    for framing in FRAMINGS[kind]:
        configure(card, PAIRS, framing=framing)
        tap.ok(clear(card, PAIRS), f"{framing}: up")
        crc = framing in ("crc4", "esf")
        seconds(2)
        for p in PAIRS:
            t.do("counters-reset", card=card, port=p)
        want = {"crc": 0, "lcv": 0, "frame": 0, "ebit": 0}
        for word, attr, n in COUNTED:
            emulator("errors", 1, word, "count", n)
            if attr != "crc" or crc:
                want[attr] = n if attr != "ebit" or framing == "crc4" else 0
        wait(lambda: {k: line_counts(card, 1)[k] for k in want} == want, 10)
        seconds(2)
        got = {k: line_counts(card, 1)[k] for k in want}
        tap.equal(got, want, f"{framing}: {want}, and no more")
        near = t.do("counters-get", card=card, port=1)["near"]
        tap.equal((near["pcv"], near["lcv"]), (want["crc"] if crc else want["frame"], want["lcv"]),
                  f"{framing}: path and line code violations")
        far = line_counts(card, 2)
        tap.equal((far["ebit"], far["crc"], far["lcv"]), (300 if framing == "crc4" else 0, 0, 0),
                  f"{framing}: what the far end is told of it")


def before(tap, card, emulator):
    """Errors of a port that is down are nobody's."""
    t.do("span-set", card=card, port=1, state="down")
    for word, _, n in COUNTED:
        emulator("errors", 1, word, "count", n)
    time.sleep(0.1)
    t.do("counters-reset", card=card, port=1)
    up(card, 1)
    tap.ok(clear(card, PAIRS), "a port comes up again")
    seconds(2)
    got = line_counts(card, 1)
    tap.equal([got[x] for x in ("crc", "lcv", "frame", "ebit")], [0] * 4,
              "errors that came while it was down are not counted")


def run(kind):
    emulator = Emulator()

    def everything(tap):
        card = fresh(kind)
        up(card, 1, 2, fail_declare=0, fail_clear=0)
        tap.ok(clear(card, PAIRS), "two spans come up")
        alarms(tap, card, emulator)
        short(tap, card, emulator)
        counters(tap, kind, card, emulator)
        before(tap, card, emulator)

    Tap().run(everything)
