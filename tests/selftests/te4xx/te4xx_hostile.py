#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card whose registers answer with garbage, while it runs, while its spans start, and at its probe: the driver
neither crashes nor loops, and with a card that has come to its senses again all is well."""
import random
import time

from te4life import Traffic, addresses, audio_again, dmesg_since, mark, sysfs_write
from te4lib import DRIVER, LONG, SEED, Emulator, NlError, Tap, cards, fresh, name_of, sysfs, t, up, wait

READS = 1000000 if LONG else 100000
CALM = 0.2			# of the reads: those at the probe, and while spans start
dice = random.Random(SEED)
emulator = Emulator()


def garbage(kind, reads, act=lambda: time.sleep(0.05)):
    """act() again and again until so many reads were answered with garbage; returns how many were."""
    begin = emulator.stats()["reads"]
    emulator("hostile", kind)
    count, end = 0, time.monotonic() + 600 * (10 if LONG else 1)
    while count < reads and time.monotonic() < end:
        act()
        count = emulator.stats()["reads"] - begin
    emulator("hostile", "off")
    return count


def running(tap):
    card = cards()[0]
    traffic = Traffic(card, dice.random())
    traffic.flows.wait(60)
    count = garbage("but-version", READS * (1 - 2 * CALM))
    tap.ok(count >= READS * (1 - 2 * CALM), f"{count} reads gave garbage under traffic")
    tap.ok(traffic.stop(), "descriptors go on")
    tap.equal(traffic.bad + sorted(traffic.gone), [], "and hear of no error")
    tap.equal(cards(), [card], "the card is still there")
    tap.equal(sysfs(name_of(card), "bad_ticks"), "0", "no tick went back")
    audio_again(tap)


def starting(tap):
    card, bad = cards()[0], []

    def again():
        port = dice.randint(1, 4)
        try:
            for state in ("down", "up"):
                t.do("span-set", card=card, port=port, state=state)
        except NlError as e:
            bad.append(repr(e))

    count = garbage("but-version", READS * CALM, again)
    tap.ok(count >= READS * CALM, f"{count} reads gave garbage while spans went down and up")
    tap.equal(bad, [], "which none of them noticed")
    for port in range(1, 5):
        t.do("span-set", card=card, port=port, state="down")
    audio_again(tap)


def probing(tap):
    address, outcomes, since = addresses()[0], set(), mark()

    def again():
        sysfs_write(f"{DRIVER}/unbind", address)
        outcomes.add(sysfs_write(f"{DRIVER}/bind", address))
        for card in cards():
            try:
                up(card, dice.randint(1, 4))
            except NlError:
                pass

    count = garbage("but-version", READS * CALM, again)
    tap.ok(count >= READS * CALM, f"{count} reads gave garbage at its probe")
    tap.equal(outcomes - {0, 5, 19, 110}, set(), "it was bound, or refused")
    sysfs_write(f"{DRIVER}/unbind", address)
    garbage("on", 20, lambda: outcomes.add(sysfs_write(f"{DRIVER}/bind", address)))
    tap.ok(outcomes & {5, 19}, "without a version it is refused")
    tap.ok([x for x in dmesg_since(since) if "no card that this driver knows" in x], "with a sentence in the log")
    tap.equal(sysfs_write(f"{DRIVER}/bind", address), 0, "afterwards it is bound")
    audio_again(tap)


def everything(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    fresh("e1")
    tap.ok(wait(lambda: len(cards()) == 1), "the card is found")


Tap().run(everything, running, starting, probing)
