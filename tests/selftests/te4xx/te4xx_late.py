#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts that come late, or not at all: a card with a ring loses nothing while that allows, and what any card
loses is told, to the block. Card 1 is of generation 5, card 2 of generation 4."""
import random
import time

from te4life import PAIRS, PORTS
from te4lib import LONG, SEED, SLOTS, Emulator, Tap, cards, clear, down, exchange, fresh, interrupts, name_of, sysfs, t, up, wait

LEAD = 16			# ms: the module's parameter as it is by itself
ROUNDS = 100 if LONG else 10
dice = random.Random(SEED)
emulators = Emulator(1), Emulator(2)


def numbers(card):
    name = name_of(card)
    return {x: int(sysfs(name, x)) for x in ("gaps", "rx_gap_frames", "tx_gap_frames", "late_ticks", "bad_ticks")}


def held_back(emulator, waits, most):
    """ROUNDS times no interrupt for a while; returns for how many ms each."""
    done = []
    for _ in range(ROUNDS):
        ms = dice.randint(*most)
        before = emulator.stats()["missed"]
        emulator("hold", ms)
        wait(lambda: emulator.stats()["missed"] - before == ms - 1)
        done.append(ms)
        time.sleep(waits + dice.random() * 0.2)
    return done


def line_time(emulator, ms):
    """Waits for so much of it, which on a slow machine is more of ours."""
    begin = emulator.stats()["dma"]
    wait(lambda: emulator.stats()["dma"] - begin >= ms, 60)


def start(card):
    up(card, *PORTS, fail_declare=0, fail_clear=0)
    return clear(card, PORTS)


def within_the_ring(tap):
    card = cards()[0]
    tap.ok(start(card), "card 1 comes up")
    before, held = numbers(card), []
    exchange(tap, card, PAIRS, SLOTS["e1"], 8000,
             during=lambda: held.extend(held_back(emulators[0], 0.1, (2, LEAD - 1))))
    after = numbers(card)
    tap.equal(len(held), ROUNDS, f"interrupts were held back for {held} ms")
    tap.ok(after["late_ticks"] - before["late_ticks"] >= ROUNDS, "and each time some blocks came together")
    tap.equal([after[x] - before[x] for x in ("gaps", "rx_gap_frames", "tx_gap_frames", "bad_ticks")], [0] * 4,
              "which is no gap")


def beyond_the_ring(tap):
    card = cards()[0]
    before = numbers(card)
    held = held_back(emulators[0], 0.1, (LEAD, 100))
    lost = 8 * sum(ms - (LEAD - 1) for ms in held)
    wait(lambda: numbers(card)["rx_gap_frames"] - before["rx_gap_frames"] >= lost)
    after = numbers(card)
    tap.equal([after[x] - before[x] for x in ("gaps", "rx_gap_frames", "tx_gap_frames")], [ROUNDS, lost, lost],
              f"of {held} ms held back, {lost} frames in {ROUNDS} gaps are told")
    tap.equal(after["bad_ticks"], before["bad_ticks"], "no tick goes back")
    exchange(tap, card, PAIRS, SLOTS["e1"], 4000)
    tap.equal(numbers(card)["gaps"], after["gaps"], "and audio is whole again, without a gap")


def without_a_counter(tap):
    card = cards()[1]
    tap.ok(start(card), "card 2 comes up")
    line_time(emulators[1], 1500)		# a second must have begun
    before = numbers(card)
    exchange(tap, card, PAIRS, SLOTS["e1"], 8000)
    tap.equal(numbers(card)["gaps"], before["gaps"], "generation 4: no gap is seen where there is none")
    held = held_back(emulators[1], 0.3, (3, 60))
    lost = 8 * sum(ms - 1 for ms in held)
    line_time(emulators[1], 2500)
    after = numbers(card)
    tap.equal([after[x] - before[x] for x in ("rx_gap_frames", "tx_gap_frames", "bad_ticks")], [lost, lost, 0],
              f"generation 4: of {held} ms held back, {lost} frames are told")
    exchange(tap, card, PAIRS, SLOTS["e1"], 4000)


def after_the_stop(tap):
    """One that was on its way when the last span went down finds a card that does not run."""
    for card in cards():
        down(card, PORTS)
    time.sleep(0.2)
    for n, emulator in enumerate(emulators, 1):
        before = interrupts()
        emulator("stray")
        tap.ok(wait(lambda: interrupts() > before), f"card {n}: an interrupt after the stop comes")
        time.sleep(0.5)
        count = interrupts() - before
        tap.ok(count < 20, f"card {n}: and goes: {count} of them")


def everything(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    for number in (0, 1):
        fresh("e1", number)
    tap.equal([t.do("card-get", card=c)["model"].split()[-1] for c in cards()], ["5", "4"], "both cards are found")


Tap().run(everything, within_the_ring, beyond_the_ring, without_a_counter, after_the_stop)
