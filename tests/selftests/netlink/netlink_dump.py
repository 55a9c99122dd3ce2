#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps: whole and in order; and with cards that come and go in their middle (K2), they end cleanly and
say that they were interrupted."""
import os
import random
import threading

from nltest import Tap, remove_all, tdm, virt

LONG = bool(os.environ.get("OPENTDM_LONG"))
SEED = int(os.environ.get("OPENTDM_SEED", random.SystemRandom().randrange(1 << 31)))

v, t, t2 = virt(), tdm(), tdm()


def address(x):
    return tuple(x[k] for k in ("card", "port", "slot") if k in x)


def make(n, ports=1):
    return [v.do("new", ports=ports)["card"] for _ in range(n)]


def whole(tap):
    """Many cards: every object once, in order, not interrupted, in however many pieces."""
    remove_all()
    cards = make(24, 4)
    spans = [(c, p) for c in cards for p in range(1, 5)]
    for size in (4000, 65536):
        for op, want in (("card-get", [(c,) for c in cards]), ("span-get", spans),
                         ("slot-get", [(*s, n) for s in spans for n in range(1, 32)])):
            t.begin_dump(op)
            got, interrupted, err = t.rest(op, size)
            tap.equal((interrupted, err), (False, 0), f"dump of {op} ends cleanly")
            tap.ok([address(x) for x in got] == want, f"dump of {op} is whole and in order",
                   f"{len(got)} objects of {len(want)}")
    got = t.dump("slot-get", card=cards[5], port=3)
    tap.equal([address(x) for x in got], [(cards[5], 3, n) for n in range(1, 32)], "of one span only")
    remove_all()
    for op in ("card-get", "span-get", "slot-get", "connect-get"):
        tap.equal(t.dump(op), [], f"dump of {op} of nothing")


def interrupted(tap):
    """A card removed, or one added, after the first piece of a dump has been read."""
    for op, ports in (("card-get", 1), ("span-get", 4), ("slot-get", 4)):
        for where in ("first", "middle", "last", "new"):
            remove_all()
            cards = make(40 if op == "card-get" else 8, ports)
            t.begin_dump(op)
            first, ended, intr, _ = t.more(op)
            tap.ok(first and not ended and not intr, f"{op}: a dump of several pieces")
            here = first[-1]["card"]
            victim = {"first": cards[0], "middle": here, "last": cards[-1], "new": None}[where]
            if victim is None:
                v.do("new", ports=ports)
            else:
                v.do("del", card=victim)
            rest, intr, err = t.rest(op)
            tap.equal((intr, err), (True, 0),
                      f"{op}: {where} card in the middle of a dump: it ends and says so")
            got = [address(x) for x in first + rest]
            tap.ok(got == sorted(set(got)), f"{op}: and nothing comes twice or out of order")
            if where == "last":
                tap.ok(all(x["card"] != victim for x in rest), f"{op}: nothing of the card that is gone")
            again = t.dump(op)
            t.begin_dump(op)
            tap.equal(t.rest(op)[1], False, f"{op}: the next dump is not interrupted")
            tap.ok(len({x["card"] for x in again}) == len(cards) + (1 if victim is None else -1),
                   f"{op}: and it is right")
    remove_all()


def connects(tap):
    """A cross-connect that goes, or a new one, in the middle of a dump of them."""
    remove_all()
    card = make(1, 8)[0]

    def new(port, slot):
        return t2.do("connect-new", card=card, port=port, slot=slot, peer_card=card,
                     peer_port=port + 1, peer_slot=slot)["connect"]

    ids = [new(p, s) for p in (1, 3, 5, 7) for s in range(1, 31)]
    for what in ("nothing", "goes", "comes"):
        t.begin_dump("connect-get")
        first, ended, intr, _ = t.more("connect-get")
        tap.ok(first and not ended and not intr, "connect-get: a dump of several pieces")
        if what == "goes":
            t2.do("connect-del", connect=ids.pop(60))
        elif what == "comes":
            ids.append(new(1, 31))
        rest, intr, err = t.rest("connect-get")
        tap.equal((intr, err), (what != "nothing", 0),
                  f"connect-get: {what} in the middle of a dump: it ends, interrupted: {intr}")
        tap.equal([x["connect"] for x in t.dump("connect-get")], ids, "connect-get: then whole")
    got = t.do("slot-get", card=card, port=1, slot=1)
    tap.equal((got["connect"], got["peer-port"]), (ids[0], 2), "a slot tells its cross-connect")
    tap.ok("connect" not in t.do("slot-get", card=card, port=3, slot=31), "or none")
    slots = {(x["port"], x["slot"]): x.get("connect") for x in t.dump("slot-get", card=card)}
    tap.equal((slots[2, 1], slots[3, 31], slots[1, 31]), (ids[0], None, ids[-1]), "in a dump too")
    remove_all()


def filtered_card_gone(tap):
    """The card that a filter names goes in the middle."""
    card = make(1, 16)[0]
    t.begin_dump("slot-get", {"card": card})
    first, ended, _, _ = t.more("slot-get")
    tap.ok(first and not ended, "a dump of one card in several pieces")
    v.do("del", card=card)
    rest, intr, err = t.rest("slot-get")
    tap.equal((intr, err), (True, 0), "the only card gone in the middle: interrupted, no error")
    tap.ok(all(x["card"] == card for x in rest), "and of no other card")


def abandoned(tap):
    """A dump that nobody reads on holds nothing: its card goes, its socket too."""
    card = make(1, 16)[0]
    other = tdm()
    for _ in range(20):
        other.begin_dump("slot-get")
        other.more("slot-get")
    other.ynl.sock.close()
    lazy = tdm()
    lazy.begin_dump("slot-get")
    lazy.more("slot-get")
    v.do("del", card=card)
    tap.equal(t.dump("card-get"), [], "a card in the middle of an unread dump goes at once")
    lazy.ynl.sock.close()


def stress(tap):
    """Dumps while cards come and go: each is either not interrupted and exact, or says so."""
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    rnd = random.Random(SEED)
    stop = threading.Event()
    cards = make(6, 4)
    errors = []

    def churn():
        mine = virt()
        try:
            while not stop.is_set():
                if len(cards) > 12 or (len(cards) > 3 and rnd.random() < 0.5):
                    mine.do("del", card=cards.pop(rnd.randrange(len(cards))))
                else:
                    cards.append(mine.do("new", ports=4)["card"])
                stop.wait(rnd.random() * 0.02)
        except Exception as e:  # pylint: disable=broad-except
            errors.append(e)

    thread = threading.Thread(target=churn)
    thread.start()
    clean = torn = wrong = 0
    try:
        for i in range(800 if LONG else 40):
            op = ("card-get", "span-get", "slot-get")[i % 3]
            t.begin_dump(op)
            got, intr, err = t.rest(op, rnd.choice((4000, 8000, 65536)))
            where = [address(x) for x in got]
            torn, clean = torn + intr, clean + (not intr)
            by_card = {}
            for x in got:
                by_card[x["card"]] = by_card.get(x["card"], 0) + 1
            each = {"card-get": 1, "span-get": 4, "slot-get": 124}[op]
            if err or where != sorted(set(where)):
                wrong += 1
            if not intr and any(n != each for n in by_card.values()):
                wrong += 1
    finally:
        stop.set()
        thread.join()
    tap.equal(errors, [], "the other thread has had no error")
    tap.equal(wrong, 0, "no dump was wrong without saying so")
    tap.ok(clean and torn, f"{clean} dumps were whole, {torn} interrupted")
    remove_all()


def virtual(tap):
    """The same of the family opentdm_virt."""
    remove_all()
    cards = make(30, 4)
    v2 = virt()
    v2.begin_dump("get")
    first, ended, intr, _ = v2.more("get")
    tap.ok(first and not ended and not intr, "virt get: a dump of several pieces")
    v.do("del", card=cards[-1])
    _, intr, err = v2.rest("get")
    tap.equal((intr, err), (True, 0), "virt get: interrupted by a card that goes")
    v2.begin_dump("get")
    got, intr, err = v2.rest("get")
    tap.equal(([(x["card"], x["port"]) for x in got], intr, err),
              ([(c, p) for c in cards[:-1] for p in range(1, 5)], False, 0), "virt get: whole")
    remove_all()


Tap().run(whole, interrupted, connects, filtered_card_gone, abandoned, stress, virtual)
