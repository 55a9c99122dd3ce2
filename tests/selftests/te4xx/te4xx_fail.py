#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every call of the PCI, DMA and interrupt layers at the probe, and the registration, fails in turn (the driver's fail
points, which kernels with fault injection have): a refusal with a sentence, nothing left, and the next one works."""
import os

from te4life import addresses, audio_again, dmesg_since, mark, sysfs_write
from te4lib import DRIVER, Tap, cards, load

POINTS = "/sys/module/tdm_te4xx/parameters/fail"


def left():
    """What a refused card must not leave."""
    with open("/proc/interrupts", encoding="ascii") as i, open("/proc/iomem", encoding="ascii") as m:
        owned = [x.strip() for x in i.read().splitlines() + m.read().splitlines() if "tdm_te4xx" in x]
    return owned + addresses() + cards() + os.listdir("/sys/class/opentdm")


class Bind:
    """Binds a card; gives the errno."""

    def __init__(self, address):
        self.fd, self.address = os.open(f"{DRIVER}/bind", os.O_WRONLY), address.encode()

    def __call__(self):
        try:
            os.pwrite(self.fd, self.address, 0)
        except OSError as e:
            return e.errno
        return 0


def set_up(tap):
    load()
    tap.equal(len(cards()), 1, "the card is found")


def calls(tap):
    address = addresses()[0]
    bind = Bind(address)
    sysfs_write(f"{DRIVER}/unbind", address)
    tap.equal(left(), [], "nothing is left of an unbound card")
    with open(POINTS, encoding="ascii") as f:
        points = f.read().split()[1:]
    for point in points:
        since = mark()
        tap.equal(sysfs_write(POINTS, point), 0, f"'{point}' is to fail")
        error = bind()
        said = [x for x in dmesg_since(since) if address in x]
        tap.ok(error and said, f"{point}: the card is refused ({error}), and the log says so", *said)
        tap.equal(left(), [], f"{point}: nothing is left")
        tap.equal(bind(), 0, f"{point}: the next time it is bound")
        sysfs_write(f"{DRIVER}/unbind", address)
    bind()
    audio_again(tap, 2000)


Tap().run(set_up, calls)
