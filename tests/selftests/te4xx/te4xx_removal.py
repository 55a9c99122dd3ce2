#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver unbound and its module removed at any moment, spans taken down and up, under traffic."""
import random
import subprocess
import threading
import time

from te4life import PAIRS, PORTS, Traffic, addresses, audio_again, sysfs_write
from te4lib import DRIVER, LONG, SEED, SLOTS, NlError, Tap, cards, clear, exchange, fresh, name_of, t, up, wait
from nltest import tdm

ROUNDS = 200 if LONG else 20
SPANS = 500 if LONG else 50
dice = random.Random(SEED)


def removed_under_traffic(tap, how, away, back):
    """away() while traffic starts or runs; every descriptor that is open by then ends with ENODEV."""
    bad, said, opened, octets, names = [], 0, 0, 0, set()
    # Mostly when octets go; sometimes in the middle of the start.
    waits = [n % 10 < 7 for n in range(ROUNDS)]
    dice.shuffle(waits)
    for n in range(ROUNDS):
        found = cards()
        if len(found) != 1:
            bad.append(f"round {n}: {len(found)} cards")
            break
        names.add(name_of(found[0]))
        traffic = Traffic(found[0], dice.random(), dice.choice(PAIRS))
        if waits[n]:
            traffic.flows.wait(30)
        time.sleep(dice.random() * 0.3)
        error = away()
        if error:
            bad.append(f"round {n}: {error}")
        traffic.join(60)
        if traffic.is_alive():
            bad.append(f"round {n}: descriptors wait for ever")
            traffic.stop()
        bad += [f"round {n}: {b}" for b in traffic.bad]
        said, opened = said + len(traffic.gone), opened + len(traffic.fds)
        octets += traffic.octets
        if cards():
            bad.append(f"round {n}: the card is still shown")
        error = back()
        if error:
            bad.append(f"round {n}: {error}")
    tap.equal(bad, [], f"{ROUNDS} times {how} under traffic")
    tap.equal(said, opened, f"each of {opened} open descriptors said ENODEV")
    tap.ok(opened >= ROUNDS, "most rounds had open ones")
    tap.ok(octets > ROUNDS * 1000, f"{octets} octets went meanwhile")
    tap.equal(names, {"te0"}, "the card has its name each time")
    audio_again(tap)


def unbound(tap):
    address = addresses()[0]
    removed_under_traffic(tap, "unbound and bound",
                          lambda: sysfs_write(f"{DRIVER}/unbind", address),
                          lambda: sysfs_write(f"{DRIVER}/bind", address))


def unloaded(tap):
    removed_under_traffic(tap, "the module removed and loaded",
                          lambda: subprocess.run(["rmmod", "tdm_te4xx"], check=False).returncode,
                          lambda: subprocess.run(["modprobe", "tdm_te4xx"], check=False).returncode)


def spans(tap):
    """Two spans go down and up, their owner's descriptors open; the other two do not notice."""
    card, bad = cards()[0], []
    up(card, *PORTS)
    clear(card, PORTS)
    rng = random.Random(dice.random())
    traffic = Traffic(card, dice.random(), PAIRS[0])

    def toggle():
        mine = tdm()
        try:
            for _ in range(SPANS):
                port = rng.choice(PAIRS[0])
                mine.do("span-set", card=card, port=port, state="down")
                time.sleep(rng.random() * 0.05)
                mine.do("span-set", card=card, port=port, state="up")
                time.sleep(rng.random() * 0.1)
        except NlError as e:
            bad.append(repr(e))

    exchange(tap, card, [PAIRS[1]], SLOTS["e1"], 8000, during=toggle)
    tap.ok(traffic.stop(), "the descriptors of the other two never wait for ever")
    tap.equal(bad + traffic.bad, [], f"{SPANS} times a span was shut down and started")
    tap.equal(traffic.gone, set(), "which is no removal to its descriptors")
    audio_again(tap)


def everything(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    fresh("e1")
    tap.equal(len(cards()), 1, "the card is found")


Tap().run(everything, unbound, unloaded, spans)
