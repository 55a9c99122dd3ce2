# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of virtual cards share, on top of the netlink tests' library."""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "netlink"))

from nltest import Listener, NlError, Tap, remove_all, tdm, virt  # noqa: E402,F401

LONG = bool(os.environ.get("OPENTDM_LONG"))
v, t = virt(), tdm()


def span(card, port=1):
    return t.do("span-get", card=card, port=port)


def card_of(card):
    return t.do("card-get", card=card)


def name_of(card):
    return card_of(card)["card-name"]


def sysfs(dev, attr):
    with open(f"/sys/class/opentdm/{dev}/{attr}", encoding="ascii") as f:
        return f.read().rstrip("\n")


def wait(what, seconds=20.0):
    """What the function gives as soon as it is true, else its last answer after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got or time.monotonic() > end:
            return got
        time.sleep(0.02)


def words(x):
    """A bitmap of flags as a sorted list of words, however the ynl library shows it."""
    return sorted(x or [])


def up(card, *ports, **config):
    for p in ports:
        t.do("span-set", card=card, port=p, state="up", **config)


def pair(ports=2, up_too=True, **config):
    """A card whose ports 1-2, 3-4 ... are joined, and up, with failure times of zero."""
    card = v.do("new", ports=ports, **config)["card"]
    for p in range(1, ports, 2):
        v.do("join", card=card, port=p, peer_card=card, peer_port=p + 1)
    if up_too:
        up(card, *range(1, ports + 1), fail_declare=0, fail_clear=0)
        wait(lambda: not any(span(card, p)["defects"] for p in range(1, ports + 1)))
    return card
