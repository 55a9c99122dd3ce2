# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the driver's life share: traffic that survives whatever happens to its card."""
import errno
import glob
import os
import random
import select
import threading
import time

from te4lib import DRIVER, SEED, SLOTS, Direction, NlError, bind, cards, clear, exchange, span, t, up, wait  # noqa: F401
from nltest import tdm  # noqa: E402, te4lib has set the path

PORTS = (1, 2, 3, 4)
PAIRS = ((1, 2), (3, 4))
# What a user of a card that goes may hear, and nothing else.
GONE, DOWN, LATER = errno.ENODEV, errno.ENETDOWN, (errno.EAGAIN, errno.EINTR)


def addresses():
    """PCI addresses of the driver's cards that are bound."""
    return sorted(os.path.basename(p) for p in glob.glob(f"{DRIVER}/0000:*"))


def sysfs_write(path, text):
    """0 or the errno."""
    try:
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
    except OSError as e:
        return e.errno
    return 0


def dmesg_since(mark):
    """What the kernel has said since mark() was called."""
    text = os.popen("dmesg").read()
    return text.rpartition(mark)[2].splitlines()


def mark():
    word = f"te4life: {time.monotonic_ns()}"
    sysfs_write("/dev/kmsg", word)
    return word


def sentences(since, address):
    """Why the driver refused, in its own words: the kernel's line about a failed probe says no reason."""
    return [x for x in dmesg_since(since) if f"tdm_te4xx {address}: " in x and "(error " in x]


def left():
    """What a refused card must not leave."""
    with open("/proc/interrupts", encoding="ascii") as i, open("/proc/iomem", encoding="ascii") as m:
        owned = [x.strip() for x in i.read().splitlines() + m.read().splitlines() if "tdm_te4xx" in x]
    return owned + addresses() + cards() + os.listdir("/sys/class/opentdm")


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


class Traffic(threading.Thread):
    """Brings spans up, binds every slot and writes and reads, until the card goes or stop() is called.

    .flows: octets go; .gone: ports whose descriptor said ENODEV to a read and to a write; .bad: what should not have been said."""

    def __init__(self, card, seed, ports=PORTS):
        super().__init__()
        self.card, self.ports, self.dice = card, ports, random.Random(seed)
        self.ending, self.flows = threading.Event(), threading.Event()
        self.gone, self.bad, self.octets, self.fds = set(), [], 0, {}
        self.start()

    def run(self):
        try:
            mine = tdm()
            for port in self.ports:
                mine.do("span-set", card=self.card, port=port, state="up", fail_declare=0, fail_clear=0)
                self.fds[bind(self.card, port, SLOTS["e1"])] = port
            self.pump()
        except NlError as e:
            if abs(e.error) != GONE:
                self.bad.append(repr(e))
        except OSError as e:
            if e.errno != GONE:
                self.bad.append(repr(e))
        except Exception as e:  # pylint: disable=broad-except
            self.bad.append(repr(e))
        # Those of a card that went while others were being opened.
        if not self.ending.is_set():
            end = time.monotonic() + 20
            while len(self.gone) < len(self.fds) and time.monotonic() < end:
                self.use()
                time.sleep(0.01)
        for fd in self.fds:
            os.close(fd)

    def pump(self):
        poll = select.poll()
        for fd in self.fds:
            poll.register(fd, select.POLLIN)
        while not self.ending.is_set() and len(self.gone) < len(self.fds):
            poll.poll(100)
            self.use()
            if self.octets:
                self.flows.set()
            time.sleep(0.01)	# a descriptor that says ENETDOWN is ready for ever

    def use(self):
        for fd, port in self.fds.items():
            said = {self.one(os.read, fd, 62000), self.one(os.write, fd, self.dice.randbytes(31 * 80))}
            if said == {GONE}:
                self.gone.add(port)
            elif said - {0, GONE, DOWN, *LATER}:
                self.bad.append(f"port {port}: {said}")

    def one(self, call, fd, what):
        try:
            got = call(fd, what)
            self.octets += got if isinstance(got, int) else len(got)
            return 0
        except OSError as e:
            return e.errno

    def stop(self):
        self.ending.set()
        self.join(30)
        return not self.is_alive()


def audio_again(tap, frames=8000):
    """All spans up, without a defect, and every channel bit-exact."""
    found = cards()
    if not tap.equal(len(found), 1, "the card is there"):
        return
    up(found[0], *PORTS, fail_declare=0, fail_clear=0)
    tap.ok(clear(found[0], PORTS), "all spans come up again")
    exchange(tap, found[0], PAIRS, SLOTS["e1"], frames)
