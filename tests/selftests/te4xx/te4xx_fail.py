#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every call of the PCI, DMA, interrupt and firmware layers at the probe, and the registration, fails in turn (the driver's
fail points, which kernels with fault injection have): a refusal with a sentence, nothing left, and the next one works."""
from te4life import Bind, addresses, audio_again, left, mark, sentences, sysfs_write
from te4lib import DRIVER, Tap, cards, load

POINTS = "/sys/module/tdm_te4xx/parameters/fail"
NOT_FATAL = ("firmware",)	# the built-in line profiles are used


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
