# SPDX-License-Identifier: GPL-2.0-or-later
"""What is proved of an E1 and of a T1 card alike."""
import time

from te4lib import LONG, SLOTS, Emulator, Tap, cards, clear, exchange, leds, load, span, sysfs, t, up, words

PORTS = (1, 2, 3, 4)
PAIRS = ((1, 2), (3, 4))
FRAMES = 8000 * (600 if LONG else 5)
READS_MAX = 2			# a millisecond; the framers' are counted apart
FRAMER_READ = 4			# register reads that a read of the framer costs
FRAMER_WRITE = 4


def probed(tap, kind, emulator):
    load()
    found = cards()
    tap.equal(len(found), 1, "the card is found")
    tap.equal([span(found[0], p)["type"] for p in PORTS], [kind] * 4, f"its jumpers say {kind}")
    up(found[0], *PORTS, fail_declare=0, fail_clear=0)
    tap.ok(clear(found[0], PORTS), "all four spans come up",
           *[f"port {p}: {words(span(found[0], p)['defects'])}" for p in PORTS], *emulator("ports"))
    tap.equal(leds(emulator, PORTS), ["green"] * 4, "and their LEDs are green")
    return found[0]


def audio(tap, kind, card, emulator):
    before, start = emulator.stats(), time.monotonic()
    exchange(tap, card, PAIRS, SLOTS[kind], FRAMES)
    after = emulator.stats()
    d = {k: after[k] - before[k] for k in after}
    own = d["reads"] - FRAMER_READ * d["framer-reads"] - FRAMER_WRITE * d["framer-writes"]
    print(f"# {d['dma']} ms of line in {time.monotonic() - start:.1f} s; reads per ms: {own / d['dma']:.2f}, "
          f"with the framers' {d['reads'] / d['dma']:.2f}", flush=True)
    tap.ok(own <= READS_MAX * d["dma"], f"at most {READS_MAX} register reads a millisecond")
    tap.ok(d["acks"] >= d["dma"] - 1, f"every block is acknowledged: {d['acks']} of {d['dma']}")
    tap.equal([sysfs("te0", x) for x in ("gaps", "bad_ticks")], ["0", "0"], "no gap, no tick that went back")
    tap.equal([sysfs(f"te0:{p}", "slips") for p in PORTS], ["0"] * 4, "no slip")


def run(kind):
    emulator = Emulator()

    def everything(tap):
        card = probed(tap, kind, emulator)
        audio(tap, kind, card, emulator)

    Tap().run(everything)
