#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The line of virtual cards: ticks, what each fault causes at both ends, counters, CAS, refusals."""
import time

from virtlib import Tap, remove_all, pair, span, sysfs, t, up, v, wait, words, NlError


def ticks(tap):
    """A card ticks while a span is up, a thousand times a second of its line, and not otherwise."""
    remove_all()
    card = pair(2, up_too=False)
    time.sleep(0.2)
    tap.equal(sysfs("virt0", "ticks"), "0", "no span up, no tick")
    up(card, 1)
    a, start = int(sysfs("virt0", "rx_frame")), time.monotonic()
    time.sleep(2)
    b, took = int(sysfs("virt0", "rx_frame")), time.monotonic() - start
    # A busy host makes the line stand still now and then; it never runs fast.
    tap.ok(4000 < b - a <= took * 8000 + 400, f"{b - a} frames in {took:.2f} s")
    tap.equal(sysfs("virt0", "gaps"), "0", "no frame is lost, however late the machine")
    tap.equal(sysfs("virt0", "bad_ticks"), "0", "no frame number went back")
    t.do("span-set", card=card, port=1, state="down")
    a = sysfs("virt0", "rx_frame")
    time.sleep(0.2)
    tap.equal(sysfs("virt0", "rx_frame"), a, "the last span down: the frames stand still")
    up(card, 1)
    tap.ok(wait(lambda: int(sysfs("virt0", "rx_frame")) > int(a)), "and go on from there")


FAULTS = (
    # injected, defects here, RAI sent here (and so seen there)
    (["los"], ["los"], True),
    (["lfa"], ["lfa"], True),
    (["ais"], ["ais"], True),
    (["rai"], ["rai"], False),
)


def faults(tap):
    """Each defect, its consequent action at once, and its end (G.732)."""
    remove_all()
    card = pair(2)
    tap.equal((words(span(card, 1)["defects"]), words(span(card, 2)["defects"])), ([], []),
              "a joined pair that is up has no defect")
    for inject, here, rai in FAULTS:
        word = inject[0]
        v.do("fault", card=card, port=1, defects=set(inject))
        wait(lambda: set(here) <= set(words(span(card, 1)["defects"])))
        tap.ok(set(here) <= set(words(span(card, 1)["defects"])), f"{word} is seen")
        tap.ok(wait(lambda: set(here) <= set(words(span(card, 1)["failures"]))),
               f"{word} is a failure when the time to declare is 0")
        tap.equal(span(card, 1)["sending-rai"], int(rai), f"{word}: RAI sent: {rai}")
        want = ["rai"] if rai else []
        wait(lambda: words(span(card, 2)["defects"]) == want)
        tap.equal(words(span(card, 2)["defects"]), want, f"{word}: what the far end sees")
        v.do("fault", card=card, port=1, defects=set())
        wait(lambda: not span(card, 1)["defects"] and not span(card, 2)["defects"])
        tap.equal((words(span(card, 1)["defects"]), span(card, 1)["sending-rai"],
                   words(span(card, 2)["defects"])), ([], 0, []), f"{word} ends, and all it caused")
    t.do("span-set", card=card, port=2, state="down")
    tap.ok(wait(lambda: words(span(card, 1)["defects"]) == ["los"]), "the peer down: LOS")
    up(card, 2)
    tap.ok(wait(lambda: not span(card, 1)["defects"]), "the peer up again: no LOS")
    v.do("unjoin", card=card, port=1)
    tap.ok(wait(lambda: words(span(card, 1)["defects"]) == ["los"] ==
                words(span(card, 2)["defects"])), "unjoined: LOS at both")
    t.do("span-set", card=card, port=1, loopback="local")
    tap.ok(wait(lambda: not span(card, 1)["defects"]), "a local loop sees itself")


def times(tap):
    """A failure takes its time of the line, to be declared and to be cleared (T1.231)."""
    remove_all()
    card = pair(2)
    t.do("span-set", card=card, port=1, fail_declare=1000, fail_clear=2000)
    seen = []
    for inject, last in ((["ais"], "raised"), ([], "cleared")):
        ear_start = int(sysfs("virt0", "rx_frame"))
        v.do("fault", card=card, port=1, defects=set(inject))
        want = bool(inject)
        wait(lambda: bool(span(card, 1)["failures"]) == want)
        seen.append(int(sysfs("virt0", "rx_frame")) - ear_start)
        tap.equal(bool(span(card, 1)["failures"]), want, f"the failure is {last}")
    tap.ok(8000 <= seen[0] < 8000 + 4000, f"declared after {seen[0]} frames of 8000")
    tap.ok(16000 <= seen[1] < 16000 + 4000, f"cleared after {seen[1]} frames of 16000")


def framing(tap):
    """Ends that do not frame alike."""
    for ours, theirs, want in (("crc4", "fas", ["lmfa"]), ("fas", "crc4", []),
                               ("fas", "unframed", ["lfa"]), ("unframed", "crc4", [])):
        remove_all()
        card = pair(2, up_too=False)
        t.do("span-set", card=card, port=1, framing=ours)
        t.do("span-set", card=card, port=2, framing=theirs)
        up(card, 1, 2)
        wait(lambda: [x for x in words(span(card, 1)["defects"]) if x != "rai"] == want, 5)
        tap.equal([x for x in words(span(card, 1)["defects"]) if x != "rai"], want,
                  f"{ours} that hears {theirs}")


def line_count(card, port, what):
    return t.do("counters-get", card=card, port=port)["line"][what]


def counters(tap):
    """What is injected is counted, exactly, and at the far end where the framing tells it."""
    remove_all()
    card = pair(2)
    time.sleep(1.5)
    for what, attr, n in (("crc_errors", "crc", 7), ("lcv_errors", "lcv", 123),
                          ("frame_errors", "frame", 5)):
        before = line_count(card, 1, attr)
        v.do("fault", card=card, port=1, **{what: n})
        wait(lambda: line_count(card, 1, attr) != before, 5)
        tap.equal(line_count(card, 1, attr) - before, n, f"{n} {what}")
    before = (line_count(card, 1, "crc"), line_count(card, 2, "ebit"))
    v.do("fault", card=card, port=1, bit_errors=100000)
    wait(lambda: line_count(card, 1, "crc") - before[0] > 200)
    v.do("fault", card=card, port=1, bit_errors=0)
    time.sleep(2.5)
    got = (line_count(card, 1, "crc") - before[0], line_count(card, 2, "ebit") - before[1])
    tap.ok(got[0] > 200, f"bit errors make CRC errors: {got[0]}")
    tap.ok(abs(got[0] - got[1]) <= 1, f"and the far end is told: {got}")
    t.do("counters-reset", card=card, port=1)
    v.do("fault", card=card, port=1, seconds=2000)
    c = t.do("counters-get", card=card, port=1)
    tap.ok(c.get("intervals") == 2 and 200 <= c.get("elapsed", 0) < 260,
           "2000 seconds are two intervals and some 200 seconds", repr(c))


def cas(tap):
    """ABCD bits go across, and look blocked while the line is broken."""
    remove_all()
    card = pair(2, up_too=False)
    for p in (1, 2):
        t.do("span-set", card=card, port=p, signalling="cas")
    up(card, 1, 2)

    def rx(port, slot):
        return t.do("slot-get", card=card, port=port, slot=slot)["cas-rx"]

    wait(lambda: not span(card, 2)["defects"])
    for abcd in (0b0101, 0b1111, 0b0001):
        t.do("slot-set", card=card, port=1, slot=31, cas_tx=abcd)
        wait(lambda: rx(2, 31) == abcd, 5)
        tap.equal(rx(2, 31), abcd, f"{abcd:04b} arrives")
    v.do("fault", card=card, port=2, defects={"los"})
    wait(lambda: rx(2, 31) == 0b1101, 5)
    tap.equal(rx(2, 31), 0b1101, "while the signal is lost the slot looks blocked (Q.421)")
    v.do("fault", card=card, port=2, defects=set())
    wait(lambda: rx(2, 31) == 0b0001, 5)
    tap.equal(rx(2, 31), 0b0001, "and shows what is sent when it is back")


def refusals(tap):
    """A driver that refuses: an error, a sentence, and nothing changed."""
    remove_all()
    card = pair(2, up_too=False)

    def refused(op, what, **change):
        before = span(card)
        v.do("fault", card=card, port=1, refuse_ops={op})
        try:
            t.do("span-set", card=card, port=1, **change)
            why = None
        except NlError as e:
            why = e.nl_msg.extack.get("msg", "") if e.nl_msg.extack else ""
        v.do("fault", card=card, port=1, refuse_ops=set())
        after = span(card)
        for x in (before, after):
            for frame in ("rx-frame", "tx-frame"):
                x.pop(frame, None)
        tap.ok(why and "refuse" in why, f"{what} is refused with a sentence", str(why))
        tap.equal(after, before, f"{what}: nothing changed")

    refused("configure", "configure", framing="fas")
    refused("start", "start", state="up")
    refused("start", "start with a configuration", state="up", framing="fas")
    t.do("span-set", card=card, port=1, state="up")
    time.sleep(0.5)
    refused("loopback", "loopback", loopback="local")


Tap().run(ticks, faults, times, framing, counters, cas, refusals)
