#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counters of RFC 4805, exact to the second: ES, SES, UAS with its entry and exit after ten seconds
(across the end of an interval too), 96 intervals, reset; E1 and T1 by their rules.

The card is stalled, so that no second of the line's own passes; each second is made by the fault panel: errors,
then `seconds` 1, which ends the running second with these errors in it. Only the last test waits for real ones."""
import os
import random
import time

from nltest import Tap, remove_all, tdm, virt

LONG = bool(os.environ.get("OPENTDM_LONG"))
SEED = int(os.environ.get("OPENTDM_SEED", random.SystemRandom().randrange(1 << 31)))
INTERVAL = 900

v, t = virt(), tdm()


class Line:
    """Port 1 of a pair whose card is stalled; every second of it is made here."""

    def __init__(self, defects=(), type="e1", framing="crc4", **config):
        remove_all()
        self.card = v.do("new", ports=2, type=type)["card"]
        self.one = {"card": self.card, "port": 1}
        v.do("join", **self.one, peer_card=self.card, peer_port=2)
        for port in (1, 2):
            t.do("span-set", card=self.card, port=port, framing=framing, state="up", **config)
        v.do("fault", **self.one, defects=set(defects))
        # A line that has just come up knows of no defect yet: let it run before it is asked.
        begun = self.span()["rx-frame"]
        self.wait(lambda: self.span()["rx-frame"] >= begun + 1600)
        self.wait(lambda: sorted(self.span()["defects"]) == sorted(defects))
        v.do("fault", card=self.card, stall=1)
        self.wait(self.still)
        self.restart()

    def span(self):
        return t.do("span-get", **self.one)

    def still(self):
        before = self.span()["rx-frame"]
        time.sleep(0.1)
        return self.span()["rx-frame"] == before

    @staticmethod
    def wait(what, seconds=20):
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "the line never became as it was wanted"
            time.sleep(0.02)

    def restart(self):
        """What the second that was running had seen is gone with the reset."""
        self.second()
        t.do("counters-reset", **self.one)

    def second(self, n=1, **errors):
        """Seconds that all have these errors."""
        for _ in range(n):
            if errors:
                v.do("fault", **self.one, **errors)
            v.do("fault", **self.one, seconds=1)

    def pass_by(self, n):
        if n:
            v.do("fault", **self.one, seconds=n)

    def now(self):
        return t.do("counters-get", **self.one)

    def near(self, *which):
        got = self.now()["near"]
        return tuple(got[w] for w in which)

    def intervals(self):
        return t.dump("counters-get", **self.one)


def errored(tap):
    """ES and SES by the number of CRC errors of a second (E1: 832)."""
    line = Line()
    tap.equal((line.now()["elapsed"], line.near("es", "ses", "uas", "pcv", "lcv")), (0, (0,) * 5),
              "after a reset: nothing")
    line.second(3, crc_errors=1)
    line.second(4)
    line.second(2, crc_errors=831)
    line.second(1, crc_errors=832)
    line.second(1, lcv_errors=5)
    tap.equal(line.near("es", "ses", "sefs", "uas", "css", "les", "pcv", "lcv"),
              (6, 1, 0, 0, 0, 1, 3 + 2 * 831 + 832, 5), "ES, SES, LES, PCV, LCV of E1 with CRC-4")
    tap.equal(line.now()["elapsed"], 11, "eleven seconds")
    tap.equal(line.now()["line"]["crc"], 3 + 2 * 831 + 832, "the raw count of CRC errors")


def unavailable(tap):
    """Ten SES make it unavailable from the first of them; ten others make it available from the first."""
    line = Line()
    line.second(2, crc_errors=7)
    line.second(9, crc_errors=1000)
    tap.equal(line.near("es", "ses", "uas"), (11, 9, 0), "nine SES: still available")
    line.second(1, crc_errors=1000)
    tap.equal(line.near("es", "ses", "uas", "pcv"), (2, 0, 10, 14),
              "the tenth: unavailable from the first, and what they counted is taken back")
    line.second(3, crc_errors=1)
    tap.equal(line.near("es", "ses", "uas", "pcv"), (2, 0, 13, 14), "while unavailable only UAS counts")
    line.second(1, crc_errors=1000)
    line.second(9)
    tap.equal(line.near("es", "ses", "uas"), (2, 0, 23), "nine without: still unavailable")
    line.second(1)
    tap.equal(line.near("es", "ses", "uas"), (2, 0, 14), "the tenth: available from the first of them")
    line.second(1, crc_errors=1000)
    tap.equal(line.near("es", "ses", "uas"), (3, 1, 14), "and SES count again")


def available_with_errors(tap):
    """The ten seconds that end it need only be no SES; their errors are counted then."""
    line = Line()
    line.second(10, crc_errors=900)
    line.second(9, crc_errors=3)
    tap.equal(line.near("es", "ses", "uas", "pcv"), (0, 0, 19, 0), "in the nineteenth second")
    line.second(1, crc_errors=3)
    tap.equal(line.near("es", "ses", "uas", "pcv"), (10, 0, 10, 30), "in the twentieth")


def across(tap):
    """Entry and exit around the end of an interval: the interval before is put right."""
    line = Line()
    line.pass_by(INTERVAL - 4)
    line.second(9, crc_errors=1000)
    tap.equal((line.intervals()[0]["near"]["ses"], line.intervals()[0]["near"]["uas"],
               line.near("ses", "uas")), (4, 0, (5, 0)), "nine SES, four before the end")
    line.second(1, crc_errors=1000)
    old = line.intervals()
    tap.equal([(i["interval"], i["near"]["ses"], i["near"]["uas"], i["elapsed"]) for i in old],
              [(1, 0, 4, INTERVAL)], "the tenth: the interval before has four UAS and no SES")
    tap.equal((line.now()["elapsed"], line.near("ses", "uas")), (6, (0, 6)), "and this one six")
    line.pass_by(INTERVAL - 6 - 3)      # available again on the way
    tap.equal(line.near("uas"), (6,), "available: six remain")
    line.second(3, crc_errors=1000)     # these end the interval
    line.second(7, crc_errors=1000)
    tap.equal(([i["near"]["uas"] for i in line.intervals()], line.near("uas")), ([9, 4], (7,)),
              "entry again: three in the interval before")
    line.pass_by(INTERVAL - 7 - 4)
    line.second(10, crc_errors=1000)    # unavailable from four before the end
    line.second(9)
    tap.equal(([i["near"]["uas"] for i in line.intervals()][0], line.near("uas")), (11, (15,)),
              "nine without SES: all are UAS")
    line.second(1)
    tap.equal(([i["near"]["uas"] for i in line.intervals()][0], line.near("uas")), (11, (6,)),
              "ten: the nine are taken back")


def defects(tap):
    """LOS: SES and SEFS each second; unavailable at the failure, back to the first second of the defect."""
    line = Line(defects=["ais"], fail_declare=30000)
    line.second(9)
    got = line.near("es", "ses", "sefs", "uas")
    failed = "ais" in line.span()["failures"]
    # No failure yet: it is by ten SES.
    tap.equal((failed, got), (False, (9, 9, 9, 0)), "AIS: each second an SES and an SEFS")
    line.second(1)
    tap.equal(line.near("es", "ses", "sefs", "uas"), (0, 0, 0, 10), "ten of them are unavailable")


def failure(tap):
    """With a failure declared, seconds are unavailable from the onset, before ten have passed."""
    line = Line()
    v.do("fault", card=line.card, stall=0)
    t.do("span-set", **line.one, fail_declare=0)
    v.do("fault", **line.one, defects={"los"})
    line.wait(lambda: "los" in line.span()["failures"])
    v.do("fault", card=line.card, stall=1)
    line.wait(line.still)
    line.restart()
    line.second(3)
    tap.equal(line.near("es", "ses", "uas"), (0, 0, 3), "LOS failed: three seconds, three UAS")


def day(tap):
    """97 intervals of which 96 are kept, newest first, each with what it had; their sum; reset."""
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    rnd = random.Random(SEED)
    line = Line()
    want = []
    for i in range(97):
        errors = rnd.randrange(1, 832)
        line.second(1, crc_errors=errors)
        line.pass_by(INTERVAL - 1)
        want.insert(0, errors)
    line.second(2, crc_errors=5)
    got = line.intervals()
    tap.equal([i["interval"] for i in got], list(range(1, 97)), "96 intervals, the newest first")
    tap.equal([i["near"]["pcv"] for i in got], want[:96], "each has its errors")
    tap.ok(all(i["near"]["es"] == 1 and not i["near"]["ses"] and i["elapsed"] == INTERVAL
               for i in got), "one ES in each, 900 seconds long")
    tap.ok(all(i["valid"] == 1 and {"card", "port", "card-name", "near", "far"} <= set(i)
               for i in got), "all valid and whole")
    now = line.now()
    tap.equal((now["intervals"], now["elapsed"], now["near"]["pcv"], now["near"]["es"]),
              (96, 2, 10, 2), "the one that runs")
    tap.equal((now["total-near"]["pcv"], now["total-near"]["es"]), (sum(want[:96]), 96),
              "the totals are those of the 96, without it")
    t.do("counters-reset", **line.one)
    now = line.now()
    tap.equal((now["intervals"], now["elapsed"], now["near"]["es"], now["total-near"]["es"],
               now["line"]["crc"], line.intervals()), (0, 0, 0, 0, 0, []), "reset: nothing is left")
    line.second(1, crc_errors=1)
    tap.equal(line.near("es", "pcv"), (1, 1), "and counting goes on")


def invalid(tap):
    """An interval in which the span was down is not valid; the next one is."""
    line = Line()
    line.pass_by(10)
    t.do("span-set", **line.one, state="down")
    t.do("span-set", **line.one, state="up")
    line.pass_by(INTERVAL - 10)
    line.pass_by(INTERVAL)
    tap.equal([(i["interval"], i["valid"]) for i in line.intervals()], [(1, 1), (2, 0)],
              "valid: not the interval in which the span was down")


def rules(tap):
    """The other framings: E1 without CRC-4, T1 ESF and D4."""
    line = Line(framing="fas")
    line.second(1, frame_errors=3)
    line.second(1, lcv_errors=2047)
    line.second(1, lcv_errors=2048)
    tap.equal(line.near("es", "ses", "les", "pcv", "lcv"), (3, 1, 2, 3, 4095), "E1 with FAS: LCV decide")
    tap.ok("far" not in line.now(), "and the far end cannot tell")
    line = Line(type="t1", framing="esf")
    line.second(1, crc_errors=1)
    line.second(2, crc_errors=319)
    line.second(1, crc_errors=320)
    tap.equal(line.near("es", "ses", "bes", "uas", "pcv"), (4, 1, 2, 0, 1 + 638 + 320), "T1 ESF")
    line.second(9, crc_errors=320)
    tap.equal(line.near("es", "ses", "bes", "uas", "pcv"), (3, 0, 2, 10, 639),
              "T1 ESF: unavailable after ten")
    line.pass_by(9)
    tap.equal(line.near("uas"), (19,), "nine without")
    line.pass_by(1)
    tap.equal(line.near("uas"), (10,), "ten without")
    line = Line(type="t1", framing="d4")
    line.second(1, lcv_errors=1543)
    line.second(1, lcv_errors=1544)
    line.second(1, frame_errors=1)
    tap.equal(line.near("es", "ses", "pcv"), (3, 2, 1), "T1 D4: any framing error is an SES")


def far(tap):
    """What the far end's receiver sees is counted here from its E bits."""
    line = Line()
    other = {"card": line.card, "port": 2}
    v.do("fault", card=line.card, stall=0)
    v.do("fault", **other, bit_errors=100000)
    line.wait(lambda: line.now()["line"]["ebit"] > 100)
    v.do("fault", **other, bit_errors=0)
    # Both spans end a second with what the blocks so far have told.
    v.do("fault", card=line.card, stall=1)
    line.wait(line.still)
    line.second()
    v.do("fault", **other, seconds=1)
    got, theirs = line.now(), t.do("counters-get", **other)
    tap.equal(got["line"]["ebit"], theirs["line"]["crc"], "each CRC error there is an E bit here")
    tap.ok(got["far"]["es"] + got["far"]["uas"] > 0 and not got["near"]["pcv"],
           "errored seconds of the far end, none of this one")


def real(tap):
    """Seconds of the line itself, 8000 frames each: AIS for twelve of them, then ten without."""
    remove_all()
    card = v.do("new", ports=2)["card"]
    one = {"card": card, "port": 1}
    v.do("join", **one, peer_card=card, peer_port=2)
    for port in (1, 2):
        t.do("span-set", card=card, port=port, fail_declare=30000, state="up")

    def frame():
        return t.do("span-get", **one)["rx-frame"]

    def till(f):
        Line.wait(lambda: frame() >= f, 240)

    Line.wait(lambda: not t.do("span-get", **one)["defects"])
    start = frame()
    till(start + 16000)
    t.do("counters-reset", **one)
    v.do("fault", **one, defects={"ais"})
    first = frame()
    till(first + 12 * 8000)
    v.do("fault", **one, defects=set())
    Line.wait(lambda: not t.do("span-get", **one)["defects"])
    last = frame()
    bad = (last - first) / 8000
    till(last + 12 * 8000)
    near = t.do("counters-get", **one)["near"]
    # The first and the last of its seconds are bad in part; frames are read a little after the fact.
    tap.ok(bad - 0.5 <= near["uas"] <= bad + 2.5 and not near["ses"],
           f"{bad:.2f} s of AIS are {near['uas']} unavailable seconds", repr(near))
    remove_all()


Tap().run(errored, unavailable, available_with_errors, across, defects, failure, day, invalid,
          rules, far, real)
