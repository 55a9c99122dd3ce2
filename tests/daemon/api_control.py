# SPDX-License-Identifier: GPL-2.0-or-later
"""What an application does with a call that it has: mute, silence, digits after a while, another application, redirect"""
import time

from api_apps import kinds, mark, stream, told
from client import Lines, until, want


def muting(t):
    """Twice is once; without a word of it in the events; and of a call that has ended nothing"""
    a, b = t.two()
    lines = Lines(t.path)
    for params in ({}, {"direction": "both"}, {"direction": "in"}, {"direction": "out"}):
        for method in ("POST", "POST", "DELETE", "DELETE"):
            t.expect(204, method, f"/channels/{a}/mute", **params)
    for wrong in ("", "IN", "both,in", "rx"):
        for method in ("POST", "DELETE"):
            t.expect(400, method, f"/channels/{a}/mute", direction=wrong)
    for method in ("POST", "POST", "DELETE", "DELETE", "POST"):
        t.expect(204, method, f"/channels/{a}/silence")
    told(t, a)
    want([e["type"] for e in lines.until(lambda e: e["type"] == "ChannelVarset")] == ["ChannelVarset"], "only that")
    lines.close()
    t.end(a, b)
    for method in ("POST", "DELETE"):
        for what in ("mute", "silence"):
            t.expect(404, method, f"/channels/{a}/{what}")


def digits(t):
    """Those that are to come later do, those of a call that ends before are forgotten"""
    a, b = t.two()
    lines = Lines(t.path)
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="3", before=60000)
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="1", after=60000)
    begun = time.monotonic()
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="2", before=400)
    got = lines.until(lambda e: e["type"] == "ChannelDtmfReceived" and e["digit"] == "2")
    want(time.monotonic() - begun >= 0.4, "so early")
    want([e["digit"] for e in got if e["type"] == "ChannelDtmfReceived" and e["channel"]["id"] == b] == ["1", "2"], got)
    for name, value in (("before", "60001"), ("before", "x"), ("after", "-1"), ("duration", "10001"), ("between", "")):
        t.expect(400, "POST", f"/channels/{a}/dtmf", **{"dtmf": "1", name: value})
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="3", before=50)
    t.end(a, b)
    lines.close()


def another(t):
    """A call goes to another application: its end for the one, its start for the other"""
    one, two = stream(t, "one"), stream(t, "two")
    a, b = t.pair(app="one")
    t.up(a, b)
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=a)
    got = t.expect(200, "POST", f"/channels/{a}/move", app="two", appArgs="x,y")
    want(got["id"] == a and got["dialplan"]["app_name"] == "two" and got["state"] == "Up" and got["bridge"], got)
    seen = two.until(lambda e: e["type"] == "StasisStart")
    want(seen[-1]["args"] == ["x", "y"] and len(seen) == 1, seen)
    end = one.until(lambda e: e["type"] == "StasisEnd")[-1]
    want(end["channel"]["dialplan"]["app_name"] == "one", end)
    for app, ids in (("one", []), ("two", [a])):
        want(t.expect(200, "GET", f"/applications/{app}")["channel_ids"] == ids, app)
    t.expect(204, "DELETE", f"/bridges/{br}")
    for ws, app in ((one, "one"), (two, "two")):  # it came into the bridge as the first one's, and is the other's
        want([e["type"] for e in mark(t, ws, app)] == ["ChannelLeftBridge"], app)
    want("application nobody" in t.expect(404, "POST", f"/channels/{a}/move", app="nobody")["message"], "there is none")
    want("application" in t.expect(409, "POST", f"/channels/{b}/move", app="one")["message"], "it has none")
    t.expect(400, "POST", f"/channels/{a}/move")
    t.expect(400, "POST", f"/channels/{a}/move", app="one", source=b)
    t.expect(404, "POST", "/channels/nobody/move", app="one")
    told(t, a)
    want(kinds(mark(t, two, "two"), a) == ["ChannelVarset"] and not mark(t, one, "one"), "it is the other one's")
    one.close()
    two.close()
    t.end(a, b)


def redirecting(t):
    """Somebody else is called for a call, which its application has no longer"""
    test = stream(t, "other")
    a = t.expect(200, "POST", "/channels", endpoint="Local/3001", app="other")["id"]
    b = until(lambda: next((c["id"] for c in t.channels() if c["leg"] == "3001;2" and c["state"] == "Ring"), None), "b")
    for params, status in (({}, 400), ({"endpoint": "2001"}, 400), ({"endpoint": "None/2001"}, 400),
                           ({"endpoint": "PRI/none/1"}, None)):
        if status or t.ask("POST", f"/channels/{b}/redirect", **params).status not in (400, 404):
            t.expect(status or 404, "POST", f"/channels/{b}/redirect", **params)
    t.expect(409, "POST", f"/channels/{a}/redirect", endpoint="Local/2001")  # it is dialling for its application yet
    want(t.expect(200, "GET", f"/channels/{b}")["dialplan"]["app_name"] == "test", "nothing has changed")
    lines = Lines(t.path)
    t.expect(204, "POST", f"/channels/{b}/redirect", endpoint="Local/2002")
    t.up(a, b)
    until(lambda: t.expect(200, "GET", f"/channels/{b}")["bridge"], "they talk")
    told(t, b)
    got = lines.until(lambda e: e["type"] == "ChannelVarset")
    # Who was asked for answers, which answers the call and brings both together: in that order.
    own = [kind for kind in kinds(got, b) if kind != "ChannelConnectedLine"]
    want(own == ["StasisEnd", "ChannelStateChange", "ChannelEnteredBridge", "ChannelVarset"], got)
    c = next(e["peer"] for e in got if e["type"] == "Dial")
    want(c["name"].startswith("Local/2002"), c)
    test.until(lambda e: e["type"] == "StasisStart" and e["channel"]["id"] == a)
    # Who talks is not redirected
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=a)
    t.expect(409, "POST", f"/channels/{a}/redirect", endpoint="Local/2002")
    test.close()
    lines.close()
    t.all_gone()
