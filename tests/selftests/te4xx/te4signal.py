# SPDX-License-Identifier: GPL-2.0-or-later
"""Signalling of an E1 and of a T1 card alike: CAS bits both ways and debounced, the D-channel's frames."""
import os
import random
import select

from te4lib import (EVENT_CAS, FIRST, LONG, SEED, Emulator, NlError, Tap, bind, clear, configure, down, events,
                    fresh, rx_frame, span, t, up, wait, words)

PAIRS = (1, 2)
FRAMINGS = {"e1": ("crc4", "fas"), "t1": ("esf", "d4")}
CAS_SLOTS = {"e1": [s for s in range(1, 32) if s != 16], "t1": list(range(1, 25))}
BLOCKED = {"e1": 0b1101}
D_CHANNEL = {"e1": 16, "t1": 24}
D_FRAMES = 5000 if LONG else 60
SHORT_MS, LONG_MS = 4, 80


def passes(kind, framing, slot, abcd):
    """What the far end makes of these bits."""
    if framing == "d4":
        return abcd & 0b1100		# there are only A and B
    return abcd or int(kind == "e1" and slot < 16)	# 0000 is the multiframe's own


def received(card, port, slots):
    return {s: t.do("slot-get", card=card, port=port, slot=s)["cas-rx"] for s in slots}


def send(card, kind, framing, port, shift):
    """Other bits in each slot; returns what is to arrive."""
    want = {}
    for s in CAS_SLOTS[kind]:
        abcd = (s * 7 + port + shift) % 16
        t.do("slot-set", card=card, port=port, slot=s, cas_tx=abcd)
        want[s] = passes(kind, framing, s, abcd)
    return want


def cas(tap, kind, card, emulator):
    slots = CAS_SLOTS[kind]
    for framing in FRAMINGS[kind]:
        configure(card, PAIRS, framing=framing, signalling="cas")
        tap.ok(clear(card, PAIRS), f"{framing} with CAS comes up")
        tap.equal(emulator.config(1)["cas"], str(len(slots)), f"{framing}: the framer has bits of {len(slots)} slots")
        for shift in (0, 5):
            want = [send(card, kind, framing, p, shift) for p in PAIRS]
            wait(lambda: received(card, 2, slots) == want[0] and received(card, 1, slots) == want[1])
            tap.equal(received(card, 2, slots), want[0], f"{framing}: each slot's bits from 1 to 2")
            tap.equal(received(card, 1, slots), want[1], f"{framing}: and from 2 to 1")
        broken(tap, kind, framing, card, emulator, want[1])
        pulses(tap, kind, framing, card, emulator)


def broken(tap, kind, framing, card, emulator, want):
    """While the line is broken slots look blocked; also for a port that starts like that."""
    slots = CAS_SLOTS[kind]
    t.do("span-set", card=card, port=1, state="down")
    emulator("alarm", 1, "los", "on")
    up(card, 1)
    wait(lambda: words(span(card, 1)["defects"]) == ["los"])
    if kind in BLOCKED:
        wait(lambda: set(received(card, 1, slots).values()) == {BLOCKED[kind]})
        tap.equal(set(received(card, 1, slots).values()), {BLOCKED[kind]}, f"{framing}: LOS: all look blocked")
    emulator("alarm", 1, "los", "off")
    wait(lambda: received(card, 1, slots) == want)
    tap.equal(received(card, 1, slots), want, f"{framing}: a signal again: what is sent")


def multiframe(tap, card):
    """E1: slot 16 without multiframes is a loss of their alignment, at once."""
    down(card, (2,))
    t.do("span-set", card=card, port=2, signalling="ccs")
    up(card, 2)
    wait(lambda: words(span(card, 1)["defects"]) == ["lmfa"])
    tap.equal(words(span(card, 1)["defects"]), ["lmfa"], "the far end has no CAS: LMFA")
    configure(card, (2,), signalling="cas")
    tap.ok(clear(card, PAIRS), "it has: no LMFA")


def pulses(tap, kind, framing, card, emulator):
    """A change that lasts is told, twice; a shorter one is not."""
    slot = CAS_SLOTS[kind][-1]
    t.do("slot-set", card=card, port=2, slot=slot, cas_tx=0b0100)
    wait(lambda: received(card, 1, [slot]) == {slot: 0b0100})
    fd = bind(card, 1, 1 << slot)
    events(fd)

    def changes():
        return [e for e in events(fd) if e[0] == EVENT_CAS]

    emulator("cas", 1, slot, 0b1000, SHORT_MS)
    end = rx_frame() + 8 * LONG_MS
    wait(lambda: rx_frame() > end)
    tap.equal(changes(), [], f"{framing}: {SHORT_MS} ms are no change")
    emulator("cas", 1, slot, 0b1000, LONG_MS)
    got = []
    wait(lambda: got.extend(changes()) or len(got) >= 2)
    tap.equal([e[1:4] for e in got], [(slot, 0b1000, 0b0100), (slot, 0b0100, 0b1000)],
              f"{framing}: {LONG_MS} ms are one, and its end another")
    os.close(fd)


def d_channel(tap, kind, card):
    """Frames of all lengths on the D-channel, both ways at once, in order and whole."""
    configure(card, PAIRS, signalling="ccs", framing=FIRST[kind]["framing"])
    tap.ok(clear(card, PAIRS), "CCS comes up")
    rng, slot = random.Random(SEED), D_CHANNEL[kind]
    fds = {p: bind(card, p, 1 << slot, hdlc=True) for p in PAIRS}
    out = {p: [rng.randbytes(rng.randrange(1, 261)) for _ in range(D_FRAMES)] for p in PAIRS}
    sent, got = {p: 0 for p in PAIRS}, {p: [] for p in PAIRS}
    poll = select.poll()
    for fd in fds.values():
        poll.register(fd, select.POLLIN | select.POLLOUT)
    while any(len(got[p]) < D_FRAMES for p in PAIRS) and poll.poll(30000):
        for p, fd in fds.items():
            try:
                while sent[p] < D_FRAMES:
                    os.write(fd, out[p][sent[p]])
                    sent[p] += 1
            except BlockingIOError:
                pass
            if sent[p] == D_FRAMES:
                poll.modify(fd, select.POLLIN)
            try:
                while True:
                    got[p].append(os.read(fd, 1024))
            except BlockingIOError:
                pass
    for fd in fds.values():
        os.close(fd)
    for a, b in (PAIRS, PAIRS[::-1]):
        tap.ok(got[b] == out[a], f"slot {slot}: {D_FRAMES} frames from port {a} to {b}",
               f"{len(got[b])} came, seed {SEED}")


def none(tap, kind, card):
    """Slots that have no bits."""
    configure(card, PAIRS, signalling="cas")
    for slot in (0, 16) if kind == "e1" else (25,):
        try:
            t.do("slot-set", card=card, port=1, slot=slot, cas_tx=5)
            why = None
        except NlError as e:
            why = e.nl_msg.extack.get("msg") if e.nl_msg.extack else ""
        tap.ok(why, f"slot {slot} has no signalling, and that is said", str(why))
    down(card, PAIRS)


def run(kind):
    emulator = Emulator()

    def everything(tap):
        card = fresh(kind)
        cas(tap, kind, card, emulator)
        if kind == "e1":
            multiframe(tap, card)
        d_channel(tap, kind, card)
        none(tap, kind, card)

    Tap().run(everything)
