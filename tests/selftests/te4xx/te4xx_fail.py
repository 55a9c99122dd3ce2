#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every call of the PCI, DMA, interrupt and firmware layers at the probe, and the registration, fails in turn (the driver's
fail points, which kernels with fault injection have): a refusal with a sentence, nothing left, and the next one works."""
import os

from te4life import addresses, audio_again, dmesg_since, mark, sysfs_write
from te4lib import DRIVER, Tap, cards, load

POINTS = "/sys/module/tdm_te4xx/parameters/fail"
NOT_FATAL = ("firmware",)	# the built-in line profiles are used


def left():
    """What a refused card must not leave."""
    with open("/proc/interrupts", encoding="ascii") as i, open("/proc/iomem", encoding="ascii") as m:
        owned = [x.strip() for x in i.read().splitlines() + m.read().splitlines() if "tdm_te4xx" in x]
    return owned + addresses() + cards() + os.listdir("/sys/class/opentdm")


def sentences(since, address):
    """What the driver itself has said of the card: the kernel's own line about a failed probe says no reason."""
    return [x for x in dmesg_since(since) if f"tdm_te4xx {address}: " in x and " with driver " not in x]


class Bind:
    """Binds a card by one system call; gives the errno."""

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
    attach = Bind(address)
    sysfs_write(f"{DRIVER}/unbind", address)
    tap.equal(left(), [], "nothing is left of an unbound card")
    with open(POINTS, encoding="ascii") as f:
        points = f.read().split()[1:]
    for point in points:
        since = mark()
        tap.equal(sysfs_write(POINTS, point), 0, f"'{point}' is to fail")
        error = attach()
        said = sentences(since, address)
        if point in NOT_FATAL:
            tap.ok(not error and "error 5" in said[0], f"{point}: the card is there without it, and the log says so", *said)
            sysfs_write(f"{DRIVER}/unbind", address)
        else:
            tap.ok(error and said, f"{point}: the card is refused ({error}), and the log says so", *said)
        tap.equal(left(), [], f"{point}: nothing is left")
        tap.equal(attach(), 0, f"{point}: the next time it is bound")
        sysfs_write(f"{DRIVER}/unbind", address)
    attach()
    audio_again(tap, 2000)


Tap().run(set_up, calls)
