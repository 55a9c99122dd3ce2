#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every PCI identity that the driver claims: the card is found, is what it is, and carries audio on all its ports."""
import re
import subprocess

from te4lib import (LONG, SLOTS, Emulator, Tap, card_of, cards, clear, down, exchange, fresh, leds, load, name_of, sysfs, up)

FRAMES = 80000 if LONG else 1000


def plugged():
    """(model, kind) of each card of this machine, in the order of its slots."""
    with open("/run/cards", encoding="ascii") as f:
        return [tuple(line.split(":")[:2]) for line in f.read().split()]


def identity(model):
    """What the driver is to call it: te410p-4 is a TE410P of generation 4; without a number it is 5."""
    name, _, generation = model.partition("-")
    return f"{name.upper()}, generation {generation or 5}"


def aliases():
    """How many identities the module claims."""
    text = subprocess.run(["modinfo", "-F", "alias", "tdm_te4xx"], check=True, capture_output=True, text=True).stdout
    return len(re.findall(r"^pci:", text, re.M))


def one(tap, number, model, kind):
    card = fresh(kind, number)
    tap.equal(card_of(card)["model"], identity(model), f"{model} is known")
    ports = range(1, card_of(card)["ports"] + 1)
    tap.equal(len(ports), {"2": 2, "4": 4, "8": 8}[model[2]], f"{model}: so many ports")
    up(card, *ports, fail_declare=0, fail_clear=0)
    tap.ok(clear(card, ports), f"{model}: all {len(ports)} {kind} ports come up")
    # A machine's first six control ports work: with more, QEMU drops messages about them while it boots.
    if number < 6:
        emulator = Emulator(number + 1)
        tap.equal(leds(emulator, ports), ["green"] * len(ports), f"{model}: green")
    exchange(tap, card, [(p, p + 1) for p in ports[::2]], SLOTS[kind], FRAMES)
    tap.equal(sysfs(name_of(card), "gaps"), "0", f"{model}: no gap")
    down(card, ports)


def everything(tap):
    load()
    want = plugged()
    tap.equal(len(cards()), len(want), "every card is found")
    tap.equal(len(set(m for m, _ in want)), aliases(), "every identity that is claimed is here")
    for number, (model, kind) in enumerate(want):
        one(tap, number, model, kind)


Tap().run(everything)
