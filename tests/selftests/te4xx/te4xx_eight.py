#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Eight cards in one machine, whose interrupts share lines: all are probed, and two carry audio at once."""
import random

from te4life import PAIRS, PORTS
from te4lib import LONG, SEED, SLOTS, Tap, cards, clear, exchange, load, name_of, sysfs, up

CARDS = 8
FRAMES = 8000 * (60 if LONG else 2)
dice = random.Random(SEED)


def eight(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    load()
    found = cards()
    tap.equal([name_of(c) for c in found], [f"te{n}" for n in range(CARDS)], f"{CARDS} cards are probed")
    two = dice.sample(found, 2)
    for card in two:
        up(card, *PORTS, fail_declare=0, fail_clear=0)
    tap.ok(all(clear(card, PORTS) for card in two), "all spans of two of them come up")
    exchange(tap, two[0], PAIRS, SLOTS["e1"], FRAMES,
             during=lambda: exchange(tap, two[1], PAIRS, SLOTS["e1"], FRAMES))
    tap.equal([sysfs(name_of(c), "gaps") for c in found], ["0"] * CARDS, "no card has a gap")


Tap().run(eight)
