#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The card is pulled out of its slot under traffic, at a random access to its registers: from then on reads give all
ones. Once a machine; OPENTDM_SEED repeats it."""
import os
import random
import select
import time

from te4life import PORTS, Traffic, addresses, dmesg_since, mark, sysfs_write
from te4lib import DRIVER, SEED, Emulator, Listener, Tap, cards, load, name_of, unload, wait

DEVICES = "/sys/bus/pci/devices"
dice = random.Random(SEED)
emulator = Emulator()


def die_next():
    """At the next access, if the driver has let go before the one that was drawn."""
    os.set_blocking(emulator.f, False)
    try:
        os.write(emulator.f, b"die 1\n")
    except BlockingIOError:
        return	# dead already
    select.select([emulator.f], [], [], 10)


def pulled(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    load()
    card, address, since = cards()[0], addresses()[0], mark()
    name, listener = name_of(card), Listener()
    traffic = Traffic(card, dice.random(), PORTS)
    # Now and then in the middle of the start.
    if dice.random() < 0.8:
        tap.ok(traffic.flows.wait(60), "there is traffic")
    access = dice.randint(1, 2000)
    early = dice.random() < 0.3
    emulator("die", access)
    print(f"# it dies at access {access}{'; unbound at once' if early else ''}", flush=True)
    if early:
        time.sleep(dice.random())
        tap.equal(sysfs_write(f"{DRIVER}/unbind", address), 0, "unbind works")
        die_next()
    gone = listener.until(lambda what, _: what == "card-gone-ntf", 60)
    tap.ok(gone, "listeners are told that the card is gone")
    traffic.join(60)
    if traffic.is_alive():
        traffic.stop()
        tap.ok(False, "descriptors wait for ever")
    tap.equal(traffic.bad, [], "who uses it hears ENODEV and nothing else")
    tap.equal(len(traffic.gone), len(traffic.fds), f"each of {len(traffic.fds)} descriptors does")
    tap.equal(cards(), [], "the card is not shown any more")
    # That follows when the core knows the card no more.
    tap.ok(wait(lambda: "tdm_te4xx" not in open("/proc/interrupts", encoding="ascii").read()), "its interrupt is given back")
    if not early:
        said = [x for x in dmesg_since(since) if "does not answer any more" in x]
        tap.equal(len(said), 1, "the log says so, once")
        tap.equal(sysfs_write(f"{DRIVER}/unbind", address), 0, "unbind works")
    tap.ok(sysfs_write(f"{DRIVER}/bind", address), "the slot cannot be bound again")
    tap.ok([x for x in dmesg_since(since) if "no card that this driver knows" in x], "with a sentence in the log")
    tap.equal(sysfs_write(f"{DEVICES}/{address}/remove", "1"), 0, "the slot is removed")
    tap.ok(wait(lambda: not addresses()), f"nothing is left of {name}")
    unload()


Tap().run(pulled)
