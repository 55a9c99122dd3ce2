#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Line profiles: what firmware/ says is what the framer is told, from the file, from another file, and without one."""
import os
import random
import subprocess
import threading

from te4image import INSTALLED, Image, Trace, put, texts
from te4lib import (DRIVER, LONG, SEED, SLOTS, Listener, Tap, cards, clear, exchange, load, name_of, span, t,
                    unload, up, wait, words)
from nltest import tdm

PORTS = (1, 2)			# joined
OTHERS = (3, 4)			# joined too
FRAMES = 8000 * (60 if LONG else 1)
REBINDS = 50 if LONG else 3
CONFIG = {
    "E1": {"type": "e1", "framing": "crc4", "line_code": "hdb3"},
    "T1": {"type": "t1", "framing": "esf", "line_code": "b8zs"},
    "J1": {"type": "j1", "framing": "esf", "line_code": "b8zs"},
}
XPM0, LIM0 = 0x26, 0x36


def built_in(kind="E1", lbo=0):
    """What the built-in profile writes on a framer of version 3.1."""
    return [w[:2] for w in texts()[kind, lbo]]


def shaped(value):
    """The installed image, with another pulse for E1, 120 ohm."""
    image = Image(INSTALLED)
    image.set("E1", 0, XPM0, value)
    return image


def fresh(data):
    """The driver, loaded anew with this file; its card."""
    if os.path.isdir(DRIVER):
        unload()
    put(data)
    load()
    return cards()[0]


def configure(card, kind, lbo, ports=PORTS):
    for p in ports:
        t.do("span-set", card=card, port=p, state="down")
        t.do("span-set", card=card, port=p, lbo=lbo, **CONFIG[kind])


def green(card, ports=PORTS):
    up(card, *ports, fail_declare=0, fail_clear=0)
    return clear(card, ports)


def holds(got, want):
    """Whether the writes have these in one piece."""
    return any(got[i:i + len(want)] == want for i in range(len(got) - len(want) + 1))


def told(tap, trace, good, want, name):
    got = {p: trace.writes(p) for p in PORTS}
    tap.ok(good and all(holds(w, want) for w in got.values()), name, f"green: {good}", f"want {want}", f"got {got}")


def notice(listener, sentence):
    """Whether a notice of the card with this sentence comes."""
    return bool(listener.until(lambda name, a: name == "notice-ntf" and sentence in a["notice"] and "port" not in a))


def logged(text):
    return text in subprocess.run(["dmesg"], stdout=subprocess.PIPE, text=True, check=True).stdout


def bad_files():
    """{name: (file, errno, part of the sentence)}: every way in which a file is refused."""
    good = INSTALLED
    flipped = bytearray(good)
    flipped[100] ^= 0x10
    version, register, bit, double = (Image(good) for _ in range(4))
    version.version += 1
    register.records[0][3][0] = bytes([0x14, 0xff, 0])
    bit.records[0][3][1] = bytes([LIM0, 0x0a, 0])
    double.records.append(double.records[0])
    return {
        "another version": (version.octets(), "EPROTONOSUPPORT", "another version"),
        "a register out of range": (register.octets(), "ERANGE", "a register that is not of the line interface"),
        "a bit out of range": (bit.octets(), "ERANGE", "a bit that is not of the line interface"),
        "two profiles for a line": (double.octets(), "EINVAL", "two profiles are for the same line"),
        "ten octets": (good[:10], "EBADMSG", "too short"),
        "cut short": (good[:-7], "EBADMSG", "not the length that it says"),
        "a bit flipped": (bytes(flipped), "EBADMSG", "its checksum is wrong"),
        "something else": (b"#!/bin/sh\n" * 30, "EBADMSG", "not one of line profiles"),
        "empty": (b"", "EINVAL", "it cannot be read"),
    }


def as_installed(tap):
    said = texts()
    tap.equal({k: Image(INSTALLED).writes(*k) for k in said}, {k: built_in(*k) for k in said},
              f"the installed image says what {len(said)} texts say")
    card = fresh(INSTALLED)
    tap.ok(logged("line profiles: opentdm/te4xx-lines.bin"), "the driver says that it uses the file")
    asked = subprocess.run(["modinfo", "-F", "firmware", "tdm_te4xx"], stdout=subprocess.PIPE, text=True, check=True)
    tap.equal(asked.stdout, "opentdm/te4xx-lines.bin\n", "and its module that it wants it")
    trace = Trace()
    told(tap, trace, green(card), built_in(), "spans come up with what the text says")


def every_line(tap):
    image = Image(INSTALLED)
    lines = sorted(texts())
    for n, line in enumerate(lines):
        image.set(*line, XPM0, 0x11 + n)
    card = fresh(image.octets())
    for line in lines:
        configure(card, *line)
        trace = Trace()
        told(tap, trace, green(card), image.writes(*line), f"{line[0]}, build-out {line[1]}: its own profile is written")
    for p in PORTS:
        t.do("span-set", card=card, port=p, state="down")
    tap.equal(t.refused("span-set", {"card": card, "port": 1, "lbo": 1, **CONFIG["J1"]})[:2],
              ("EOPNOTSUPP", "lbo: the card has no line profile for this build-out"), "J1 has build-out 0 alone")


def refused_at_load(tap):
    files = bad_files()
    some = list(files) if LONG else random.Random(SEED).sample(sorted(files), 3)
    for name in some:
        data, _, sentence = files[name]
        subprocess.run(["dmesg", "-C"], check=True)
        listener = Listener()
        card = fresh(data)
        tap.ok(notice(listener, sentence), f"{name}: an event says so", f"seed {SEED}")
        tap.ok(logged(sentence) and logged("the built-in line profiles are used"), f"{name}: the log says so")
        trace = Trace()
        told(tap, trace, green(card), built_in(), f"{name}: spans come up with the built-in profile")
    subprocess.run(["dmesg", "-C"], check=True)
    card = fresh(None)
    tap.ok(logged("line profiles: built in") and not logged("are used"), "no file: nothing is complained of")
    trace = Trace()
    told(tap, trace, green(card), built_in(), "no file: spans come up with the built-in profile")


def ready():
    """Two E1 spans and two T1 spans, all up, with the installed image."""
    card = fresh(INSTALLED)
    configure(card, "T1", 5, OTHERS)
    up(card, *PORTS, *OTHERS, fail_declare=0, fail_clear=0)
    return card, clear(card, PORTS + OTHERS)


def reload(tap):
    card, good = ready()
    tap.ok(good, "E1 and T1 spans are up")
    before = [span(card, p)["event-seq"] for p in PORTS + OTHERS]
    image, trace = shaped(0x5a), Trace()
    put(image.octets())
    t.do("card-reload", card=card)
    tap.equal([trace.writes(p) for p in PORTS], [image.writes("E1", 0)] * 2, "a new profile is written, and no reset")
    tap.equal([trace.writes(p) for p in OTHERS], [[], []], "lines whose profile is the same are left alone")
    trace = Trace()
    t.do("card-reload", card=card)
    tap.equal([trace.writes(p) for p in PORTS], [[], []], "the same file once more: nothing is written")
    t.do("span-set", card=card, port=1, loopback="local")
    trace = Trace()
    put(shaped(0x5b).octets())
    t.do("card-reload", card=card)
    tap.equal([trace.writes(p, (LIM0,)) for p in PORTS], [[(LIM0, 0x0a)], [(LIM0, 0x08)]], "a loop is not lost by it")
    t.do("span-set", card=card, port=1, loopback="none")
    tap.ok(clear(card, PORTS), "no defect")
    t.do("span-set", card=card, port=2, state="down")
    put(shaped(0x5c).octets())
    t.do("card-reload", card=card)
    trace = Trace()
    tap.equal(green(card, (2,)) and trace.writes(2, (XPM0,)), [(XPM0, 0x5c)], "a span that was down starts with the new profile")
    tap.equal([span(card, p)["event-seq"] for p in OTHERS], before[2:], "the T1 spans had no event in all this")


def refused_at_reload(tap):
    card, _ = ready()
    image = shaped(0x66)
    put(image.octets())
    t.do("card-reload", card=card)
    for name, (data, errno, sentence) in bad_files().items():
        listener, trace = Listener(), Trace()
        put(data)
        got = t.refused("card-reload", {"card": card})
        tap.ok(got[0] == errno and sentence in got[1], f"{name}: {errno}, and a sentence", f"{got}")
        tap.ok(notice(listener, sentence), f"{name}: an event says so")
        tap.equal([trace.writes(p) for p in PORTS + OTHERS], [[]] * 4, f"{name}: nothing is written")
    t.do("span-set", card=card, port=2, state="down")
    trace = Trace()
    tap.ok(green(card) and holds(trace.writes(2), image.writes("E1", 0)), "what was in use is used by the next start")
    trace = Trace()
    put(None)
    t.do("card-reload", card=card)
    tap.equal([trace.writes(p) for p in PORTS], [built_in()] * 2, "no file any more: the built-in profile")


def tdmctl(tap):
    card, _ = ready()
    image, trace = shaped(0x77), Trace()
    put(image.octets())
    done = subprocess.run(["tdmctl", "card", "reload", name_of(card)], capture_output=True, text=True, check=False)
    tap.equal((done.returncode, done.stdout, trace.writes(1)), (0, "", image.writes("E1", 0)), "tdmctl card reload")
    put(b"x")
    done = subprocess.run(["tdmctl", "card", "reload", name_of(card)], capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 1 and "opentdm/te4xx-lines.bin: the image is too short" in done.stderr,
           "tdmctl says why a file is refused", done.stderr)


def under_traffic(tap):
    card, _ = ready()
    images = [shaped(v).octets() for v in (0x44, 0x45)]
    over, count, errors, own = threading.Event(), [0], [], tdm()

    def again():
        while not over.wait(0.1):
            put(images[count[0] % 2])
            try:
                own.do("card-reload", card=card)
            except Exception as e:  # pylint: disable=broad-except
                errors.append(repr(e))
            count[0] += 1

    thread = threading.Thread(target=again)
    seq = span(card, 1)["event-seq"]
    thread.start()
    exchange(tap, card, (PORTS,), SLOTS["e1"], FRAMES)
    over.set()
    thread.join()
    tap.ok(count[0] > 2 and not errors, f"{count[0]} reloads meanwhile", *errors)
    tap.equal(words(span(card, 1)["defects"]), [], "no defect")
    tap.equal(span(card, 1)["event-seq"], seq, "and no event")


def removal(tap):
    """Reloads that meet the driver's unbinding: done, or told that the card is gone."""
    card, _ = ready()
    over, answers, own = threading.Event(), [], tdm()

    def again():
        n = 0
        while not over.is_set():
            n += 1
            put(shaped(0x40 + n % 16).octets())
            for c in cards_of(own):
                answers.append(own.refused("card-reload", {"card": c})[:2])

    def cards_of(family):
        return [c["card"] for c in family.dump("card-get") if c["card-name"].startswith("te")]

    thread = threading.Thread(target=again)
    device = next(x for x in os.listdir(DRIVER) if ":" in x)
    thread.start()
    for _ in range(REBINDS):
        for action in ("unbind", "bind"):
            with open(os.path.join(DRIVER, action), "w", encoding="ascii") as f:
                f.write(device)
        wait(lambda: cards_of(t))
        up(cards_of(t)[0], *PORTS, fail_declare=0, fail_clear=0)
    over.set()
    thread.join()
    done, gone = (sum(a[0] == x for a in answers) for x in (0, "ENODEV"))
    tap.ok(done and done + gone == len(answers), f"{REBINDS} times unbound: {done} reloads, {gone} of a card that is gone",
           f"{set(answers)}")
    tap.ok(clear(cards_of(t)[0], PORTS), "and the spans are good")


try:
    Tap().run(as_installed, every_line, refused_at_load, reload, refused_at_reload, tdmctl, under_traffic, removal)
finally:
    put(INSTALLED)
