# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the TE2xx/TE4xx driver share: the emulated card's commands, and audio through descriptors."""
import fcntl
import glob
import os
import random
import re
import select
import struct
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "virt"))

from virtlib import LONG, Listener, NlError, Tap, card_of, name_of, span, sysfs, t, up, wait, words  # noqa: E402,F401

DRIVER = "/sys/bus/pci/drivers/tdm_te4xx"
SEED = int(os.environ.get("OPENTDM_SEED") or random.SystemRandom().randrange(1 << 32))
BIND = "5I2H4I8xQ128s"
TDM_BIND = 3 << 30 | struct.calcsize(BIND) << 16 | 0xe1 << 8 | 0x01
EVENT = "I2H2I2Q"
TDM_EVENT_GET = 3 << 30 | struct.calcsize(EVENT) << 16 | 0xe1 << 8 | 0x30
EVENT_CAS = 1
BIND_TX, CLEAR = 1, 1
SLOTS = {"e1": 0xfffffffe, "t1": 0x01fffffe, "j1": 0x01fffffe}
PATTERN_FRAMES = 8009		# a prime: no block, buffer or second repeats it


class Emulator:
    """Card N (from 1) of the machine, through its virtio port."""

    def __init__(self, number=1):
        for name in glob.glob("/sys/class/virtio-ports/*/name"):
            with open(name, encoding="ascii") as f:
                if f.read().strip() == f"card{number}":
                    self.f = os.open("/dev/" + name.split("/")[-2], os.O_RDWR)
                    self.text = b""
                    return
        raise FileNotFoundError(f"this machine has no card {number}")

    def __call__(self, *command):
        """Does a command; returns what it prints."""
        os.write(self.f, (" ".join(map(str, command)) + "\n").encode())
        out = []
        while True:
            line, newline, self.text = self.text.partition(b"\n")
            if not newline:
                self.text = line + os.read(self.f, 4096)
                continue
            line = line.decode()
            if line == "ok":
                return out
            if line.startswith("error: "):
                raise ValueError(line)
            out.append(line)

    def stats(self):
        return {k: int(v) for k, v in re.findall(r"([a-z-]+) (\d+)", " ".join(self("stats")))}

    def port(self, port):
        """What 'ports' says of a port, as a dictionary of words."""
        line = self("ports")[port - 1].split()
        return dict(zip(line[4::2], line[5::2]))

    def config(self, port):
        """What the port's registers say of its line, as a dictionary of words."""
        line = self("config", port)[0].split()
        return dict(zip(line[::2], line[1::2]))

    def clock(self):
        """'own' or 'port N'."""
        return self("clock")[0].removeprefix("clock ").partition(" ppm")[0]


def load(*parameters):
    subprocess.run(["modprobe", "tdm_te4xx", *parameters], check=True)


def unload():
    subprocess.run(["modprobe", "-r", "tdm_te4xx"], check=True)


def cards():
    """Instance ids of the driver's cards, in the order of their names."""
    mine = [c for c in t.dump("card-get") if re.fullmatch(r"te\d+", c["card-name"])]
    return [c["card"] for c in sorted(mine, key=lambda c: int(c["card-name"][2:]))]


def interrupts():
    """How many there were on the lines of the driver's cards."""
    with open("/proc/interrupts", encoding="ascii") as f:
        return sum(int(n) for line in f if "tdm_te4xx" in line for n in line.split()[1:3])


def clear(card, ports):
    """Waits until no port has a defect; whether it came to that."""
    return wait(lambda: not any(span(card, p)["defects"] for p in ports), 60)


FIRST = {
    "e1": {"type": "e1", "framing": "crc4", "line_code": "hdb3", "lbo": 0},
    "t1": {"type": "t1", "framing": "esf", "line_code": "b8zs", "lbo": 0},
    "j1": {"type": "j1", "framing": "esf", "line_code": "b8zs", "lbo": 0},
}


def leds(emulator, ports):
    """The LEDs of the ports: all green, or as they last were. A far end that was later than ours may be heard as RAI yet."""
    last = []

    def green():
        last[:] = [emulator.port(p)["led"] for p in ports]
        return set(last) == {"green"}
    wait(green)
    return last


def down(card, ports):
    for p in ports:
        t.do("span-set", card=card, port=p, state="down")


def fresh(kind, number=0):
    """Card number N (from 0), all its ports of this kind and down, whatever a former test has left."""
    load()
    card = cards()[number]
    ports = range(1, card_of(card)["ports"] + 1)
    down(card, ports)
    for p in ports:
        t.do("span-set", card=card, port=p, signalling="ccs", loopback="none", **FIRST[kind])
    t.do("card-set", card=card, clock_source=[0], clock_restore=10000)
    return card


def configure(card, ports, **config):
    """Ports that may be up get another configuration, and are up."""
    down(card, ports)
    for p in ports:
        t.do("span-set", card=card, port=p, **config)
    up(card, *ports, fail_declare=0, fail_clear=0)


def rx_frame(dev="te0"):
    return int(sysfs(dev, "rx_frame"))


def bind(card, port, slots, hdlc=False):
    """A descriptor that owns these slots, as one bearer: of octets, or of HDLC frames."""
    fd = os.open("/dev/tdm", os.O_RDWR | os.O_NONBLOCK)
    sizes = (0, 0, 0, 0) if hdlc else (16000, 8000, 400, 0)
    arg = bytearray(struct.pack(BIND, struct.calcsize(BIND), BIND_TX, card, port, slots, int(hdlc), CLEAR,
                                *sizes, 0, b""))
    try:
        fcntl.ioctl(fd, TDM_BIND, arg)
    except OSError:
        os.close(fd)
        raise
    return fd


def events(fd):
    """What waits at a descriptor: (type, slot, value, old, frame) each."""
    got = []
    while True:
        arg = bytearray(struct.pack(EVENT, struct.calcsize(EVENT), 0, 0, 0, 0, 0, 0))
        try:
            fcntl.ioctl(fd, TDM_EVENT_GET, arg)
        except BlockingIOError:
            return got
        got.append(struct.unpack(EVENT, arg)[1:6])


class Direction:
    """One direction between two ports: a pattern that repeats is sent; what arrives is held against it."""

    def __init__(self, out, into, slots, rng):
        self.out, self.into, self.row = out, into, bin(slots).count("1")
        self.period = PATTERN_FRAMES * self.row
        self.pattern = rng.randbytes(self.period)
        self.twice = self.pattern * 2
        self.sent = 0
        self.at = None			# where in the pattern the next octet should be; None: not begun
        self.held = b""
        self.good = 0			# octets as they should be
        self.bad = None

    def send(self):
        at = self.sent % self.period
        self.sent += os.write(self.out, self.twice[at:at + 800 * self.row])

    def hear(self):
        data = os.read(self.into, 1600 * self.row)
        if self.at is None:
            # What stood in the ring before comes first.
            self.held += data
            begin = self.held.find(self.pattern[:64 * self.row])
            if begin < 0:
                return
            self.at, data, self.held = 0, self.held[begin:], b""
        while data and self.bad is None:
            n = min(len(data), self.period)
            if data[:n] != self.twice[self.at:self.at + n]:
                self.bad = self.good + next(i for i in range(n) if data[i] != self.twice[self.at + i])
            self.at = (self.at + n) % self.period
            self.good += n
            data = data[n:]


def exchange(tap, card, pairs, slots, frames, during=None):
    """All these slots of joined ports, full duplex, until each direction has brought so many frames, and
    during(), which a thread calls meanwhile, has returned."""
    rng = random.Random(SEED)
    meanwhile = threading.Thread(target=during) if during else None
    fds, ways = {}, []
    for a, b in pairs:
        for port in {a, b}:
            fds[port] = bind(card, port, slots)
        ways += [Direction(fds[x], fds[y], slots, rng) for x, y in {(a, b), (b, a)}]
    poll = select.poll()
    for fd in fds.values():
        poll.register(fd, select.POLLIN | select.POLLOUT)
    by_out, by_in = {w.out: w for w in ways}, {w.into: w for w in ways}
    if meanwhile:
        meanwhile.start()
    while (meanwhile and meanwhile.is_alive()
           or not all(w.good >= frames * w.row or w.bad is not None for w in ways)):
        ready = poll.poll(60000)
        if not ready:
            break
        for fd, events in ready:
            if events & (select.POLLERR | select.POLLHUP):
                ready = []
            if events & select.POLLOUT:
                by_out[fd].send()
            if events & select.POLLIN:
                by_in[fd].hear()
        if not ready:
            break
    if meanwhile:
        meanwhile.join()
    for fd in fds.values():
        os.close(fd)
    got = [w.good // w.row for w in ways]
    bad = [w.bad for w in ways if w.bad is not None]
    tap.ok(not bad and min(got) >= frames,
           f"{len(ways)} directions of {ways[0].row} slots: {min(got)} frames bit-exact",
           f"wrong octets at {bad}, frames {got}, seed {SEED}")
