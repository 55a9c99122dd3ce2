# SPDX-License-Identifier: GPL-2.0-or-later
"""Each operation of the control API: good, at its bounds, and bad. Calls are local pairs."""
import json
import subprocess

import shapes
from client import Lines, until, want

# Q.850 causes of the reasons that ARI names
REASONS = {"normal": 16, "busy": 17, "congestion": 42, "no_answer": 19, "timeout": 102, "rejected": 21,
           "unallocated": 1, "normal_unspecified": 31, "number_incomplete": 28, "codec_mismatch": 58,
           "interworking": 127, "failure": 38, "answered_elsewhere": 26}


def listing(t):
    shapes.check(t.expect(200, "GET", "/asterisk/ping"), shapes.PING)
    shapes.check(t.expect(200, "GET", "/asterisk/info"), shapes.INFO)
    want(t.expect(200, "GET", "/groups") == [], "a group without any configured")
    want(t.channels() == [] and t.expect(200, "GET", "/bridges") == [], "something before the first request")
    a, b = t.two()
    for c in t.channels():
        shapes.check(c, shapes.CHANNEL)
        want(t.expect(200, "GET", f"/channels/{c['id']}")["id"] == c["id"])
    t.end(a, b)
    t.expect(404, "GET", f"/channels/{a}")


def counting(t):
    """Depth and waiting time of the serializers are there for whoever asks, and are counted."""
    def core():
        return t.expect(200, "GET", "/asterisk/info")["core"]

    # What ended before is freed a grace period later.
    until(lambda: core()["serializers"] == 0, "no serializer without a channel")
    before = core()
    a, b = t.two()
    during = core()
    want(during["serializers"] == len(t.channels()) >= 2, during)
    # Made, told of the call, and asked for something: each of the two has run some tasks.
    want(during["tasks"] >= before["tasks"] + 4, before, during)
    want(during["depth_max"] >= 1 and during["threads"] >= 1, during)
    want(during["wait_total_us"] > before["wait_total_us"], before, during)
    want(0 < during["wait_max_us"] <= during["wait_total_us"], during)
    t.end(a, b)
    until(lambda: core()["serializers"] == 0, "the end of their serializers")
    text = subprocess.run([t.tdmctl, "call", "stats", "--json", "--socket", t.path], stdout=subprocess.PIPE,
                          text=True, check=True).stdout
    shown, now = {row["what"]: int(row["value"]) for row in json.loads(text)}, core()
    want(shown.keys() == now.keys(), shown)
    want(during["tasks"] <= shown["tasks"] <= now["tasks"] and shown["threads"] == now["threads"], shown, now)


def originating(t):
    bad = [({"endpoint": "Local/1"}, 400), ({"app": "x"}, 400), ({"endpoint": "Nothing/1", "app": "x"}, None),
           ({"endpoint": "Local", "app": "x"}, None), ({"endpoint": "Local/", "app": "x"}, 400),
           ({"endpoint": "Local/" + "1" * 32, "app": "x"}, 400), ({"endpoint": "", "app": "x"}, None),
           ({"endpoint": "Local/2", "extension": "1" * 32}, 400), ({"endpoint": "PRI/none/2", "app": "x"}, None),
           ({"endpoint": "/2", "app": "x"}, None)]
    bad += [({"endpoint": "Local/2", "app": "x", "timeout": v}, 400) for v in
            ("-1", "3601", "", "1x", " 1", "99999999999999999999", "0x10")]
    bad += [({"endpoint": "Local/2", "app": "x", "callerId": v}, 400) for v in
            ("12a", "<12", '"A" <12>x', "1" * 100, '"' + "n" * 200 + '" <1>', "<1> <2>")]
    bad += [({"endpoint": "Local/2", "app": "x", "channelId": v}, None) for v in ("c" * 40, "")]
    for params, status in bad:
        answer = t.ask("POST", "/channels", **params)
        want(400 <= answer.status < 500 if status is None else answer.status == status, params, answer)
        if status == 400:
            t.expect(400, "POST", "/channels", params)  # the same in a body
    want(t.channels() == [], "a refused request left", t.channels())
    lines = Lines(t.path)
    for caller, name, number in (("4930", "", "4930"), ('"A B" <4930>', "A B", "4930"), ("<7>", "", "7"),
                                 ("+4930", "", "4930"), ("", "", "")):
        a, b = t.pair(callerId=caller, channelId="mine")
        want(a == "mine", a)
        got = t.expect(200, "GET", f"/channels/{b}")["caller"]
        want(got == {"name": name, "number": number}, caller, got)
        made = lines.until(lambda e: e["type"] == "ChannelCreated" and e["channel"]["id"] == b)[-1]["channel"]
        want(made["caller"] == got, "it was there before its caller was known", made)
        t.expect(409, "POST", "/channels", endpoint="Local/2", app="x", channelId="mine")
        t.expect(409, "POST", "/channels/mine", endpoint="Local/2", app="x")
        t.end(a, b)
    lines.close()
    t.expect(200, "POST", "/channels/" + "i" * 39, endpoint="Local/2", app="a" * 31, timeout=0)
    t.all_gone()
    # What is too long for its place is cut, also within a letter, and still shown
    t.expect(404, "POST", "/channels", {"endpoint": "Local/2", "app": "\u00e4" * 40})
    t.expect(200, "POST", "/channels", {"endpoint": "Local/2" + "\u00e4" * 15, "app": "x"})
    until(lambda: len([shapes.check(c, shapes.CHANNEL) for c in t.channels()]) == 2, "both halves are there")
    t.expect(400, "POST", "/channels", {"\u20ac" * 30: "x"})
    t.all_gone()
    # With an extension the call is routed when it is answered: 1... is refused with cause 17
    lines = Lines(t.path)
    a = t.expect(200, "POST", "/channels", {"endpoint": "Local/2001", "extension": "1234",
                                            "variables": {"colour": "red", "n": "1"}})["id"]
    seen = lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
    want(seen[-1]["cause"] == 17, seen[-1])
    told = {e["variable"]: e["value"] for e in seen if e["type"] == "ChannelVarset"}
    want(told == {"colour": "red", "n": "1"}, told)
    # Nobody answers
    a = t.expect(200, "POST", "/channels", endpoint="Local/3001", app="test", timeout=1)["id"]
    seen = lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
    want(seen[-1]["cause"] == 19, seen[-1])
    # Nobody has such a number
    a = t.expect(200, "POST", "/channels", endpoint="Local/9", app="test")["id"]
    seen = lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
    want(seen[-1]["cause"] == 3, seen[-1])
    lines.close()
    t.all_gone()


def creating(t):
    a = t.expect(200, "POST", "/channels/create", endpoint="Local/3002", app="test")
    shapes.check(a, shapes.CHANNEL)
    want(a["state"] == "Down", a)
    t.expect(400, "POST", "/channels/create")
    t.expect(412, "POST", f"/channels/{a['id']}/answer")
    t.expect(204, "POST", f"/channels/{a['id']}/dial")
    t.expect(412, "POST", f"/channels/{a['id']}/dial")
    b = until(lambda: next((c["id"] for c in t.channels() if c["leg"] == "3002;2"), None), "it arrives")
    until(lambda: t.expect(200, "GET", f"/channels/{b}")["state"] == "Ring", "it rings")
    t.expect(204, "POST", f"/channels/{b}/ring")
    until(lambda: t.expect(200, "GET", f"/channels/{a['id']}")["state"] == "Ringing", "the caller hears so")
    t.expect(204, "POST", f"/channels/{b}/answer")
    t.expect(204, "POST", f"/channels/{b}/answer")
    t.up(a["id"], b)
    t.expect(412, "POST", f"/channels/{b}/ring")
    t.expect(204, "POST", f"/channels/{b}/continue", extension="2001")
    for exten in (None, "", "1" * 32):
        t.expect(400, "POST", f"/channels/{b}/continue", **({} if exten is None else {"extension": exten}))
    t.end(a["id"], b)
    # Never dialled, then ended
    a = t.expect(200, "POST", "/channels/create", endpoint="Local/3002", app="test")
    t.expect(412, "POST", f"/channels/{a['id']}/hold")
    t.end(a["id"])


def operating(t):
    a, b = t.two()
    lines = Lines(t.path)
    t.expect(204, "POST", f"/channels/{a}/hold")
    lines.until(lambda e: e["type"] == "ChannelHold" and e["channel"]["id"] == b)
    t.expect(204, "DELETE", f"/channels/{a}/hold")
    lines.until(lambda e: e["type"] == "ChannelUnhold" and e["channel"]["id"] == b)
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="0123456789*#ABCDabcd")
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="1", duration=10000, between=0)
    t.expect(204, "POST", f"/channels/{a}/dtmf", {"dtmf": "1" * 31, "duration": 0})
    heard = ""
    while len(heard) < 20:
        event = lines.until(lambda e: e["type"] == "ChannelDtmfReceived" and e["channel"]["id"] == b)[-1]
        heard += event["digit"]
    want(heard == "0123456789*#ABCDabcd", heard)
    for params in ({}, {"dtmf": ""}, {"dtmf": "1" * 32}, {"dtmf": "E"}, {"dtmf": "1", "duration": 10001},
                   {"dtmf": "1", "between": "x"}, {"dtmf": "1 2"}):
        t.expect(400, "POST", f"/channels/{a}/dtmf", **params)
    for name, value in (("n", "v"), ("n" * 31, "v" * 95), ("n", ""), ("ä", "ö"), ("a b", "=&%")):
        t.expect(204, "POST", f"/channels/{a}/variable", variable=name, value=value)
        want(t.expect(200, "GET", f"/channels/{a}/variable", variable=name) == {"value": value}, name)
    t.expect(204, "POST", f"/channels/{a}/variable", variable="n")
    for params in ({}, {"variable": ""}, {"variable": "n" * 32}, {"variable": "n", "value": "v" * 96}):
        t.expect(400, "POST", f"/channels/{a}/variable", **params)
    t.expect(400, "GET", f"/channels/{a}/variable")
    t.expect(404, "GET", f"/channels/{a}/variable", variable="never")
    t.expect(404, "GET", f"/channels/{b}/variable", variable="n")
    lines.close()
    t.end(a, b)


def hanging_up(t):
    lines = Lines(t.path)
    for params, cause in [({"reason": r}, c) for r, c in REASONS.items()] + \
            [({"reason_code": c}, c) for c in (1, 34, 127)] + [({}, 16)]:
        a, b = t.two()
        t.expect(204, "DELETE", f"/channels/{a}", **params)
        ended = lines.ended(a, b)
        want(ended == {a: cause, b: cause}, params, ended)
    a, b = t.two()
    for params in ({"reason_code": 0}, {"reason_code": 128}, {"reason_code": "x"}, {"reason": "nonsense"},
                   {"reason": ""}):
        t.expect(400, "DELETE", f"/channels/{a}", **params)
    want(len(t.channels()) == 2, "a refused request hung up")
    lines.close()
    t.end(a, b)


def bridging(t):
    for params, status in (({}, 200), ({"bridgeId": "b" * 39, "name": "n" * 63}, 200), ({"type": "mixing"}, 200),
                           ({"bridgeId": "b" * 40}, 400), ({"bridgeId": ""}, 400), ({"name": "n" * 64}, 400),
                           ({"type": "holding"}, 200), ({"bridgeId": "b" * 39}, 409)):
        got = t.expect(status, "POST", "/bridges", **params)
        if status == 200:
            shapes.check(got, shapes.BRIDGE)
    t.expect(200, "POST", "/bridges/mine", name="called so")
    t.expect(409, "POST", "/bridges/mine")
    want(t.expect(200, "GET", "/bridges/mine")["name"] == "called so")
    t.all_gone()
    t.expect(404, "GET", "/bridges/mine")
    t.expect(404, "DELETE", "/bridges/mine")

    (a, b), (c, d) = t.two(), t.two()
    br = t.expect(200, "POST", "/bridges")["id"]
    for params in ({}, {"channel": ""}, {"channel": ","}):
        t.expect(400, "POST", f"/bridges/{br}/addChannel", **params)
        t.expect(400, "POST", f"/bridges/{br}/removeChannel", **params)
    t.expect(404, "POST", f"/bridges/{br}/addChannel", channel="x" * 200)
    t.expect(404, "POST", f"/bridges/{br}/removeChannel", channel=a)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=a)
    t.expect(409, "POST", f"/bridges/{br}/addChannel", channel=a)
    t.expect(409, "POST", f"/bridges/{br}/path", mode="kernel")  # one member is no path
    t.expect(404, "POST", f"/bridges/{br}/addChannel", channel="nobody")
    other = t.expect(200, "POST", "/bridges")["id"]
    t.expect(409, "POST", f"/bridges/{other}/addChannel", channel=a)
    t.expect(204, "POST", f"/bridges/{other}/addChannel", channel=f"{b},{d}")
    t.expect(409, "POST", f"/bridges/{other}/addChannel", channel=f"{c},{d}")  # the first of them is in then
    want(t.expect(200, "GET", f"/bridges/{other}")["channels"] == [b, d, c])
    t.expect(204, "POST", f"/bridges/{other}/removeChannel", channel=c)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", {"channel": c})
    shown = t.expect(200, "GET", f"/bridges/{br}")
    shapes.check(shown, shapes.BRIDGE)
    want(shown["channels"] == [a, c] and shown["path"] in ("user", "none"), shown)
    for mode in ("user", "auto"):
        want(t.expect(200, "POST", f"/bridges/{br}/path", mode=mode)["mode"] == mode)
    answer = t.ask("POST", f"/bridges/{br}/path", mode="kernel")
    want(answer.status in (409, 422), "a local pair has no path in the kernel", answer)
    for params in ({}, {"mode": ""}, {"mode": "moon"}):
        t.expect(400, "POST", f"/bridges/{br}/path", **params)
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=f"{a},{c}")
    want(t.expect(200, "GET", f"/bridges/{br}")["channels"] == [])
    t.expect(204, "DELETE", f"/bridges/{other}")
    t.expect(404, "GET", f"/bridges/{other}")
    want(len(t.channels()) == 4, "an ended bridge took calls along")
    t.all_gone()


def moving(t):
    (a, b), (c, d) = t.two(), t.two()
    t.expect(400, "POST", f"/channels/{a}/move")
    t.expect(404, "POST", f"/channels/{a}/move", source="nobody")
    t.expect(404, "POST", "/channels/nobody/move", source=a)
    t.expect(412, "POST", f"/channels/{a}/move", source=a)
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=f"{a},{c}")
    t.expect(412, "POST", f"/channels/{a}/move", source=c)  # both in one bridge
    t.expect(204, "DELETE", f"/bridges/{br}")
    lines = Lines(t.path)
    source = t.expect(200, "GET", f"/channels/{c}")
    moved = t.expect(200, "POST", f"/channels/{a}/move", source=c)
    shapes.check(moved, shapes.CHANNEL)
    want(moved["id"] == a and moved["leg"] == source["leg"], moved)
    seen = lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == c)
    want([e for e in seen if e["type"] == "ChannelMoved" and e["source"] == c and e["channel"]["id"] == a], seen)
    # a's old leg ended with c: its far half is gone; a and d are joined by what was c's leg
    until(lambda: {x["id"] for x in t.channels()} == {a, d}, "just the moved call is left")
    t.expect(404, "POST", f"/channels/{a}/move", source=c)
    ringing = t.expect(200, "POST", "/channels/create", endpoint="Local/3003", app="test")["id"]
    t.expect(412, "POST", f"/channels/{a}/move", source=ringing)
    lines.close()
    t.all_gone()
