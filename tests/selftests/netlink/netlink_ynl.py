#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Upstream's own ynl dumps and sets, knowing nothing of opentdm but the YAML: its command line once for each
way of calling it, its library for the rest, since a start of the program takes seconds. (That the specs keep to
upstream's schema needs no kernel: specs.sh.)"""
import json
import os
import subprocess
import sys
import time

from nltest import LINUX, TOP, Tap, tdm, virt

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", "--"]
PATIENCE = 200
t, v = tdm(), virt()


def command(spec, *args, before=()):
    return [*before, sys.executable, os.path.join(LINUX, "tools/net/ynl/cli.py"), "--spec",
            os.path.join(TOP, "uapi", spec + ".yaml"), "--no-schema", "--output-json", *args]


def cli(spec, *args, before=()):
    """Runs ynl; (exit status, what it printed)."""
    done = subprocess.run(command(spec, *args, before=before), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=PATIENCE)
    return done.returncode, done.stdout


def answer(spec, *args, before=()):
    """What it answers, as an object; it must succeed."""
    status, text = cli(spec, *args, before=before)
    if status:
        raise AssertionError(text)
    return json.loads(text)


def command_line(tap):
    """One of each kind of call, by the program."""
    card = answer("opentdm_virt", "--do", "new", "--json", '{"ports": 2}')["card"]
    tap.ok(card > 0, "a virtual card is made")
    spans = answer("opentdm", "--dump", "span-get", "--json", json.dumps({"card": card}))
    tap.equal([spans[0][k] for k in ("port", "type", "framing", "state")], [1, "e1", "crc4", "down"],
              "spans are dumped, constants by name")
    status, _ = cli("opentdm", "--do", "span-set", "--json",
                    json.dumps({"card": card, "port": 1, "framing": "fas", "fail-clear": 5000, "state": "up"}))
    tap.equal(status, 0, "a span is set, constants by name")
    status, text = cli("opentdm", "--do", "span-set", "--json",
                       json.dumps({"card": card, "port": 9, "state": "up"}))
    tap.ok(status != 0, "a refusal exits non-zero")
    tap.ok("the card has no such port" in text, "with the kernel's sentence", text)
    tap.ok("'bad-attr': '.port'" in text, "and its attribute", text)
    status, text = cli("opentdm", "--do", "span-set", "--json",
                       json.dumps({"card": card, "port": 2, "state": "up"}), before=NOBODY)
    tap.ok(status != 0, "an unprivileged set exits non-zero")
    tap.ok("Operation not permitted" in text, "with EPERM", text)
    tap.equal(t.do("span-get", card=card, port=2)["state"], "down", "and has set nothing")
    tap.ok(answer("opentdm", "--dump", "span-get", before=NOBODY), "an unprivileged dump works")
    v.do("del", card=card)


def listens(pid):
    """Whether the process listens to a group of generic netlink."""
    with open("/proc/net/netlink", encoding="ascii") as f:
        return any(r[1] == "16" and r[2] == str(pid) and int(r[3], 16) for r in map(str.split, f) if r[1] != "Eth")


def events(tap):
    """It prints what it has heard when its time is over."""
    card = v.do("new", ports=1)["card"]
    t.do("span-set", card=card, port=1, state="up")
    with subprocess.Popen(command("opentdm", "--subscribe", "events", "--sleep", "8"),
                          stdout=subprocess.PIPE, text=True) as listener:
        end = time.monotonic() + PATIENCE
        while not listens(listener.pid) and time.monotonic() < end:
            time.sleep(0.1)
        tap.ok(listens(listener.pid), "the group is subscribed")
        v.do("fault", card=card, port=1, defects={"ais", "rai"})
        try:
            out = listener.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            listener.kill()
            raise
    tap.ok("alarm-ntf" in [e["name"] for e in json.loads(out)], "events are decoded", out)
    v.do("del", card=card)


def library(tap):
    """The same by upstream's library, in one process."""
    card = v.do("new", ports=2)["card"]
    tap.equal([p["port"] for p in v.dump("get") if p["card"] == card], [1, 2], "virtual ports are listed")
    got = next(c for c in t.dump("card-get") if c["card"] == card)
    tap.equal((got["ports"], got["model"] != ""), (2, True), "cards are dumped")
    t.do("span-set", card=card, port=1, framing="fas", fail_clear=5000, state="up")
    got = t.do("span-get", card=card, port=1)
    tap.equal((got["framing"], got["fail-clear"], got["state"], got["event-seq"] > 0), ("fas", 5000, "up", True),
              "a span is as it was set")
    tap.equal(len(t.dump("slot-get", card=card)), 62, "slots are dumped")
    got = t.do("connect-new", card=card, port=1, slot=3, peer_card=card, peer_port=2, peer_slot=4)
    tap.equal((got["slot"], got["peer-slot"], got["both"]), (3, 4, 1), "a cross-connect is made")
    made = [c["connect"] for c in t.dump("connect-get")]
    tap.ok(got["connect"] in made, "and dumped")
    t.do("connect-del", connect=got["connect"])
    tap.ok(got["connect"] not in [c["connect"] for c in t.dump("connect-get")], "and deleted")
    got = t.do("counters-get", card=card, port=2)
    tap.equal((got["interval"], got["near"]["es"]), (0, 0), "counters are read")
    tap.equal(t.dump("counters-get", card=card, port=2), [], "intervals are dumped")
    t.do("card-set", card=card, clock_source=[2, 1])
    tap.equal(t.do("card-get", card=card)["clock-source"], [2, 1], "a clock is set")
    v.do("fault", card=card, port=1, defects={"ais", "rai"})
    tap.equal(sorted(v.do("get", card=card, port=1)["defects"]), ["ais", "rai"], "a fault is set, flags by name")
    v.do("del", card=card)
    tap.ok(card not in [c["card"] for c in t.dump("card-get")], "the card is deleted")
    tap.equal(v.refused("del", {"card": card})[0], "ENODEV", "and once only")


Tap().run(command_line, events, library)
