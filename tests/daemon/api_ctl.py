# SPDX-License-Identifier: GPL-2.0-or-later
"""tdmctl call, against the tdmd without lines: each command that works on several calls, good and refused."""
import json
import subprocess

from api_transfers import bridge, gone, ringing, show, two_bridged
from client import until, want


def run(t, *words):
    done = subprocess.run([t.tdmctl, "call", *words, "--socket", t.path], capture_output=True, text=True,
                          timeout=60)
    want("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr)
    return done


def good(t, *words):
    done = run(t, *words)
    want(done.returncode == 0 and not done.stderr, words, done)
    return done.stdout.strip()


def refused(t, status, text, *words):
    done = run(t, *words)
    want(done.returncode == status and text in done.stderr and not done.stdout, words, done)


def transfers(t):
    a, b, c, d, _ = two_bridged(t)
    refused(t, 2, "--with", "transfer", a)
    refused(t, 2, "--with", "transfer", a, "2001", "--with", c)
    refused(t, 2, "timeout", "transfer", a, "Local/2002", "--timeout", "0")
    refused(t, 1, "there is no channel nobody", "transfer", "nobody", "2001")
    refused(t, 1, "in a state", "transfer", b, "2001")
    refused(t, 1, "no such thing", "transfer", a, "9")
    refused(t, 1, "an endpoint is", "transfer", a, "Nothing/1")
    want(good(t, "transfer", a, "Local/2002") == "")
    gone(t, a, b)
    until(lambda: show(t, c)["bridge"], "it talks to the new one")
    t.all_gone()
    a, b, c, d, _ = two_bridged(t)
    e, f, g, h, _ = two_bridged(t)
    refused(t, 1, "in a state", "transfer", a, "--with", a)
    good(t, "transfer", a, "--with", e)
    gone(t, b, e, f, g)
    want({x["id"] for x in t.channels()} == {a, c, d, h})
    t.all_gone()


def others(t):
    a, b = ringing(t, "3003")
    c, d = t.two()
    refused(t, 1, "in a state", "pickup", c, d)
    refused(t, 1, "there is no channel", "pickup", a, "nobody")
    good(t, "pickup", a, c)
    gone(t, b, c)
    br = bridge(t, a, d)
    e, f = t.two()
    refused(t, 1, "in a state", "swap", e, f)
    good(t, "swap", a, e)
    want(t.expect(200, "GET", f"/bridges/{br}")["channels"] == [e, d])
    t.all_gone()
    a, b = ringing(t, "3003")
    refused(t, 2, "ENDPOINT", "ring", b)
    refused(t, 1, "an endpoint is", "ring", b, "Local/2001", "Nothing/1")
    refused(t, 1, "in a state", "ring", a, "Local/2001")
    refused(t, 2, "too many", "ring", b, *["Local/" + "1" * 60] * 20)
    good(t, "ring", b, "Local/2001", "Local/2002", "--timeout", "9")
    t.up(a, b)
    t.all_gone()


def parking(t):
    a, b, c, d, _ = two_bridged(t)
    rows = json.loads(good(t, "parked", "--json"))
    want(rows == [], rows)
    refused(t, 2, "place", "park", c, "--place", "0")
    refused(t, 1, "there is no place 5", "park", c, "--place", "5")
    want(good(t, "park", c, "--place", "702", "--timeout", "0", "--back", "2001") == "702")
    gone(t, a, b)
    rows = json.loads(good(t, "parked", "--json"))
    want(len(rows) == 1 and rows[0]["place"] == 702 and rows[0]["channel"] == c, rows)
    shown = good(t, "parked")
    want("702" in shown, shown)
    e, f = t.two()
    refused(t, 1, "busy", "park", e, "--place", "702")
    refused(t, 1, "there is no place x", "retrieve", "x", e)
    refused(t, 1, "no such thing", "retrieve", "701", e)
    good(t, "retrieve", "702", e)
    want(show(t, c)["bridge"] == show(t, e)["bridge"] != 0, show(t, c), show(t, e))
    t.all_gone()
