#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Events: what each change causes, in order and numbered without a gap; a listener that lost some
resynchronises exactly by a dump; nobody waits for a listener that does not read; nothing private."""
import os
import random
import threading
import time

from nltest import Listener, Tap, remove_all, tdm, unprivileged, virt

LONG = bool(os.environ.get("OPENTDM_LONG"))
SEED = int(os.environ.get("OPENTDM_SEED", random.SystemRandom().randrange(1 << 31)))

v, t = virt(), tdm()
# What a line may tell by itself; and what of a span both an event and a dump say, and what the line does not change by itself.
LINE_NEWS = ("alarm-ntf", "slip-ntf", "gap-ntf", "notice-ntf")
SAME = ("type", "framing", "line-code", "signalling", "lbo", "loopback", "fail-declare",
        "fail-clear", "state", "defects", "failures", "sending-rai")


def key(x):
    return x["card"], x["port"]


def told(listener, number, card, port=1):
    """Events of a span up to that number."""
    got = listener.until(lambda n, m: m.get("card") == card and m.get("port") == port
                         and m.get("event-seq", 0) >= number)
    assert got, f"event {number} of {card}:{port} never came"
    return got


def empty(listener):
    """Reads until nothing waits. The kernel tells of a loss once, until the queue has been empty."""
    while listener.read(0.01) != []:
        pass


def settle(card, port=1):
    """The number of a span's last event, once no more come."""
    last = -1
    while True:
        seq = t.do("span-get", card=card, port=port)["event-seq"]
        if seq == last:
            return seq
        last = seq
        time.sleep(0.3)


def kinds(tap):
    """Each change and its event."""
    remove_all()
    ear = Listener()
    card = v.do("new", ports=2)["card"]
    got = ear.until(lambda n, m: n == "card-new-ntf")
    tap.equal((got[-1][1]["card"], got[-1][1]["card-name"], got[-1][1]["ports"]), (card, "virt0", 2),
              "card-new-ntf carries the card")
    tap.ok(got[-1][1]["time"] > 0, "and the time")
    v.do("join", card=card, port=1, peer_card=card, peer_port=2)
    for port in (1, 2):
        t.do("span-set", card=card, port=port, fail_declare=0, fail_clear=0, state="up")
        got = ear.until(lambda n, m: n == "span-change-ntf")
        tap.equal((got[-1][1]["port"], got[-1][1]["state"]), (port, "up"), f"port {port} went up")
    settle(card, 1), settle(card, 2)
    while ear.read(0.2):
        pass
    for defect in ("los", "lfa", "ais", "rai"):
        v.do("fault", card=card, port=1, defects=[defect])
        got = ear.until(lambda n, m: n == "alarm-ntf" and m["port"] == 1 and defect in m["raised"])
        tap.ok(got and defect in got[-1][1]["failures"], f"{defect} is raised")
        v.do("fault", card=card, port=1, defects=0)
        got = ear.until(lambda n, m: n == "alarm-ntf" and m["port"] == 1 and defect in m["cleared"])
        tap.ok(got and defect not in got[-1][1]["failures"], f"{defect} is cleared")
    t.do("card-set", card=card, clock_source=1)
    got = ear.until(lambda n, m: n == "clock-change-ntf")
    tap.equal((got[-1][1]["card"], got[-1][1]["clock-state"], got[-1][1]["clock-port"]),
              (card, "locked", 1), "clock-change-ntf")
    t.do("span-set", card=card, port=1, state="down")
    got = ear.until(lambda n, m: n == "span-change-ntf")
    tap.equal((got[-1][1]["port"], got[-1][1]["state"]), (1, "down"), "port 1 went down")
    v.do("del", card=card)
    got = ear.until(lambda n, m: n == "card-gone-ntf")
    tap.equal((got[-1][1]["card"], got[-1][1]["card-name"]), (card, "virt0"), "card-gone-ntf")
    tap.equal(ear.read(0.5), [], "and nothing of the card afterwards")


def slips(tap):
    """A slip for each frame of drift between two cards."""
    a, b = (v.do("new", ports=1)["card"] for _ in range(2))
    v.do("join", card=a, port=1, peer_card=b, peer_port=1)
    for card in (a, b):
        t.do("span-set", card=card, port=1, state="up")
    settle(a)
    ear = Listener()
    v.do("fault", card=b, slip_ppm=1000)
    got = ear.until(lambda n, m: n == "slip-ntf", 20)
    tap.ok(got and got[-1][1]["slip"] in (-1, 1) and got[-1][1]["event-seq"] > 0, "slip-ntf")
    v.do("fault", card=b, slip_ppm=0)
    remove_all()


def gaps(tap):
    """Ticks later than a tick's bound: the oldest blocks are lost, and the event says how many frames."""
    card = v.do("new", ports=2)["card"]
    v.do("join", card=card, port=1, peer_card=card, peer_port=2)
    for port in (1, 2):
        t.do("span-set", card=card, port=port, fail_declare=30000, state="up")
    start = {p: settle(card, p) for p in (1, 2)}
    before = {p: t.do("span-get", card=card, port=p) for p in (1, 2)}
    ear = Listener()
    v.do("fault", card=card, late_ticks=100)
    seen = {}
    while len(seen) < 2:
        got = ear.until(lambda n, m: n == "gap-ntf", 20)
        assert got, f"gap-ntf of ports {sorted(seen)} only"
        seen[got[-1][1]["port"]] = got[-1][1]
    for port in (1, 2):
        m = seen[port]
        # 100 ticks are left out, the next brings 101 blocks, of which 32 are taken.
        tap.equal((m["card"], m["gap-rx"], m["gap-tx"]), (card, (101 - 32) * 8, (101 - 32) * 8),
                  f"gap-ntf of port {port}")
        tap.ok(m["event-seq"] > start[port] and m["time"] > 0 and m["frame"] > 0,
               "with its number, time and frame", repr(m))
        settle(card, port)
        now = t.do("span-get", card=card, port=port)
        tap.equal(now["gap-rx"] - before[port]["gap-rx"], m["gap-rx"], "the span counts the same")
    tap.equal(t.do("card-get", card=card)["gaps"], 1, "the card counts one")
    tap.ok(t.do("counters-get", card=card, port=1)["line"]["gap-rx"] == seen[1]["gap-rx"],
           "and so do the counters")
    remove_all()


def notices(tap):
    """A card whose clock is dead: a sentence for each span that is up, and another when it lives again."""
    card = v.do("new", ports=3)["card"]
    v.do("join", card=card, port=1, peer_card=card, peer_port=2)
    for port in (1, 2):
        t.do("span-set", card=card, port=port, fail_declare=30000, state="up")
    start = {p: settle(card, p) for p in (1, 2)}
    ear = Listener()
    for stall, words in ((1, "has not ticked"), (0, "ticks again")):
        v.do("fault", card=card, stall=stall)
        seen = {}
        while len(seen) < 2:
            got = ear.until(lambda n, m: n == "notice-ntf", 20)
            assert got, f"no notice of '{words}' but of {sorted(seen)}"
            seen[got[-1][1]["port"]] = got[-1][1]
        for port in (1, 2):
            m = seen[port]
            tap.ok(words in m["notice"] and m["card"] == card, f"port {port}: {m['notice']}")
            tap.ok(m["event-seq"] > start[port] and m["time"] > 0, "with its number and time")
            start[port] = m["event-seq"]
            tap.equal(t.do("span-get", card=card, port=port)["stalled"], stall, "and the span says so")
    remove_all()


def numbers(tap):
    """The numbers of each span are without a gap, in order, whoever makes the changes."""
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    rnd = random.Random(SEED)
    card = v.do("new", ports=4)["card"]
    ear = Listener(1 << 25)
    start = {p: settle(card, p) for p in range(1, 5)}
    rounds = 200 if LONG else 20

    def change(port, seed):
        mine, dice = tdm(), random.Random(seed)
        for _ in range(rounds):
            mine.do("span-set", card=card, port=port, fail_clear=dice.randrange(30000),
                    state=dice.choice(("up", "down")))

    threads = [threading.Thread(target=change, args=(p, rnd.random()))
               for p in range(1, 5) for _ in range(2)]
    for x in threads:
        x.start()
    for x in threads:
        x.join()
    end = {p: settle(card, p) for p in range(1, 5)}
    seen, last = {p: [] for p in start}, {}

    def listen():
        events = ear.read(10)
        assert events is not None, "the listener's buffer ran over: the test has to make it larger"
        assert events, f"events are missing: {end} {[s[-1:] for s in seen.values()]}"
        for _, m in events:
            if m.get("card") == card and "event-seq" in m:
                seen[m["port"]].append(m["event-seq"])
                if "state" in m:
                    last[m["port"]] = m

    for p in start:
        while not seen[p] or seen[p][-1] < end[p]:
            listen()
        # Alarms come by themselves: what is compared has the same number.
        now = t.do("span-get", card=card, port=p)
        while seen[p][-1] != now["event-seq"]:
            if seen[p][-1] < now["event-seq"]:
                listen()
            else:
                now = t.do("span-get", card=card, port=p)
        tap.equal({k: last[p][k] for k in SAME}, {k: now[k] for k in SAME},
                  f"port {p}: the last event tells what the span is")
    for p in start:
        tap.ok(seen[p] == list(range(start[p] + 1, start[p] + 1 + len(seen[p]))),
               f"port {p}: {len(seen[p])} events, in order, no gap")
    remove_all()


def resync(tap):
    """A listener with no room loses events, is told so, dumps, and then knows exactly."""
    card = v.do("new", ports=2)["card"]
    ear = Listener(4096)
    other = Listener(1 << 25)
    model = {key(s): s for s in t.dump("span-get")}
    start = {p: model[card, p]["event-seq"] for p in (1, 2)}
    begin = time.monotonic()
    for i in range(200):
        t.do("span-set", card=card, port=1 + i % 2, fail_clear=1000 + i)
    took = time.monotonic() - begin
    tap.ok(took < 60, f"nobody waits for a full listener: 200 changes in {took:.1f} s")
    told(other, start[1] + 100, card, 1)
    lost = False
    while not lost:
        events = ear.read(5)
        assert events != [], "the listener ought to have lost something"
        lost = events is None
        for _, m in events or []:
            if "state" in m:
                model[key(m)] = m
    tap.ok(lost, "the listener is told that it lost events (ENOBUFS)")
    # It resynchronises while changes go on.
    stop = threading.Event()

    def change():
        mine, i = tdm(), 0
        while not stop.is_set():
            i += 1
            mine.do("span-set", card=card, port=1 + i % 2, fail_clear=2000 + i % 20000)
            time.sleep(0.005)

    thread = threading.Thread(target=change)
    thread.start()
    seq = {}
    empty(ear)
    for s in t.dump("span-get", card=card):
        model[key(s)] = s
        seq[s["port"]] = s["event-seq"]
    dropped = applied = gaps = resyncs = 0
    until = time.monotonic() + (20 if LONG else 3)
    while time.monotonic() < until or not stop.is_set():
        if time.monotonic() >= until:
            stop.set()
            thread.join()
        events = ear.read(0.5)
        if events is None:
            resyncs += 1
            empty(ear)
            for s in t.dump("span-get", card=card):
                model[key(s)] = s
                seq[s["port"]] = s["event-seq"]
            continue
        for _, m in events:
            if "event-seq" not in m or m["card"] != card:
                continue
            if m["event-seq"] <= seq[m["port"]]:
                dropped += 1
                continue
            gaps += m["event-seq"] != seq[m["port"]] + 1
            seq[m["port"]] = m["event-seq"]
            model[key(m)] = m if "state" in m else model[key(m)]
            applied += 1
    while events := ear.read(0.5):
        for _, m in events:
            if "event-seq" in m and m["card"] == card and m["event-seq"] > seq[m["port"]]:
                gaps += m["event-seq"] != seq[m["port"]] + 1
                seq[m["port"]] = m["event-seq"]
                model[key(m)] = m if "state" in m else model[key(m)]
    tap.equal(gaps, 0, f"after the dump no number is missing ({dropped} old ones dropped, "
              f"{applied} applied, {resyncs} more resynchronisations)")
    for p in (1, 2):
        now = t.do("span-get", card=card, port=p)
        tap.equal((seq[p], {k: model[card, p][k] for k in SAME}),
                  (now["event-seq"], {k: now[k] for k in SAME}), f"port {p}: and it knows exactly")
    remove_all()


def private(tap):
    """ABCD bits are digits: no event tells them, and the group is open to everybody."""
    card = v.do("new", ports=2, signalling="cas")["card"]
    v.do("join", card=card, port=1, peer_card=card, peer_port=2)
    for p in (1, 2):
        t.do("span-set", card=card, port=p, state="up")
        settle(card, p)
    ear = Listener()
    for abcd in (5, 10, 3, 12):
        t.do("slot-set", card=card, port=1, slot=7, cas_tx=abcd)
        for _ in range(100):
            if t.do("slot-get", card=card, port=2, slot=7)["cas-rx"] == abcd:
                break
            time.sleep(0.05)
        tap.equal(t.do("slot-get", card=card, port=2, slot=7)["cas-rx"], abcd,
                  f"ABCD {abcd:04b} arrives at the other end")
    told_it = [(n, k) for n, m in ear.read(0.5) for k in m if "cas" in k or n not in LINE_NEWS]
    tap.equal(told_it, [], "and no event has told it")
    t.do("span-set", card=card, port=1, fail_clear=7)

    def listen():
        mine = Listener()
        return bool(mine.until(lambda n, m: n == "span-change-ntf" and m["port"] == 2, 10))

    stop = threading.Event()

    def change():
        mine, i = tdm(), 0
        while not stop.wait(0.3):
            i += 1
            mine.do("span-set", card=card, port=2, fail_clear=i)

    thread = threading.Thread(target=change)
    thread.start()
    tap.equal(unprivileged(listen), "True", "everybody may listen")
    stop.set()
    thread.join()
    remove_all()


Tap().run(kinds, slips, gaps, notices, numbers, resync, private)
