# SPDX-License-Identifier: GPL-2.0-or-later
"""Channels that snoop on others: how they begin, what can be done with them, how they end"""
import shapes
from api_apps import kinds, mark, stream
from api_media import folders
from client import until, want

BEGINS = ["ChannelCreated", "ChannelStateChange", "Dial", "ChannelStateChange", "StasisStart"]
ENDS = ["ChannelHangupRequest", "StasisEnd", "ChannelDestroyed"]


def snoop(t, sid, **params):
    got = t.expect(200, "POST", f"/channels/{sid}/snoop", **{"spy": "both", "app": "spies", **params})
    shapes.check(got, shapes.CHANNEL)
    return got


def snooping(t):
    """Each direction; it is the application's from the start, and a channel as any"""
    folders(t)
    spies, a, b = stream(t, "spies"), *t.two()
    ways = ("none", "in", "out", "both")
    for spy, whisper in [(s, w) for s in ways for w in ways if (s, w) != ("none", "none")]:
        got = snoop(t, a, spy=spy, whisper=whisper, appArgs=f"{spy},{whisper}")
        sid = got["id"]
        want(got["state"] == "Up" and got["name"].startswith(f"Snoop/{a}") and got["leg"] == a and
             got["dialplan"]["app_name"] == "spies" and got["id"] != a, got)
        events = mark(t, spies, "spies")
        want(kinds(events, sid) == BEGINS and kinds(events, a) == [], events)
        want(events[-1]["args"] == [spy, whisper] and events[-1]["channel"]["state"] == "Up", events[-1])
        want(t.expect(200, "GET", f"/channels/{sid}")["id"] == sid, sid)
        want(t.expect(200, "GET", "/applications/spies")["channel_ids"] == [sid], sid)
        t.expect(204, "DELETE", f"/channels/{sid}")
        want(kinds(spies.until(lambda e: e["type"] == "ChannelDestroyed"), sid) == ENDS, "its end")
    # by the path and by the parameter, in the query and in the body; what is left out is none
    for sid in ("mine", "yours"):
        how = {"path": f"/channels/{a}/snoop/mine"} if sid == "mine" else {"path": f"/channels/{a}/snoop"}
        body = {"whisper": "in", "app": "spies"} | ({} if sid == "mine" else {"snoopId": "yours"})
        want(t.expect(200, "POST", how["path"], body)["id"] == sid, sid)
    snoop(t, "mine", snoopId="third")  # one on another
    br = t.expect(200, "POST", "/bridges")["id"]
    for sid in ("mine", "yours", "third"):
        t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=sid)
        t.expect(204, "POST", f"/channels/{sid}/mute")
        t.expect(204, "POST", f"/channels/{sid}/answer")
        t.expect(422, "POST", f"/channels/{sid}/dtmf", dtmf="1")
    want(len(t.expect(200, "GET", f"/bridges/{br}")["channels"]) == 3, br)
    t.expect(201, "POST", "/channels/mine/play", media="sound:x")
    t.expect(201, "POST", "/channels/mine/record", name="spied")
    t.expect(204, "DELETE", "/recordings/live/spied")
    t.expect(204, "DELETE", f"/bridges/{br}")
    t.end("third", "mine", "yours", a, b)
    spies.close()


def ending(t):
    """With the channel on which it snoops, whoever else snoops there; and that one goes on without it"""
    spies, a, b = stream(t, "spies"), *t.two()
    first, second, third = (snoop(t, of, snoopId=sid)["id"] for of, sid in ((a, "s1"), (a, "s2"), ("s1", "s3")))
    t.end(second)
    want({t.expect(200, "GET", f"/channels/{sid}")["state"] for sid in (a, b, first, third)} == {"Up"}, "they go on")
    mark(t, spies, "spies")
    t.end(a)
    events, gone = [], set()
    while gone != {first, third}:
        event = spies.until(lambda e: True)[-1]
        events.append(event)
        if event["type"] == "ChannelDestroyed":
            gone.add(event["channel"]["id"])
    for sid in (first, third):
        want(kinds(events, sid) == ENDS, events)
    want(events[-1]["channel"]["id"] == third, "it ends after the one that it hears")
    t.end(b)
    # its leg goes where a move puts it, and what it hears stays
    a, b = t.two()
    c, d = t.two()
    snoop(t, a, snoopId="s1")
    t.expect(200, "POST", f"/channels/{a}/move", source=c)
    until(lambda: c not in {x["id"] for x in t.channels()}, "the source ends")
    want(t.expect(200, "GET", "/channels/s1")["state"] == "Up", "it goes on")
    t.end(a)
    until(lambda: "s1" not in {x["id"] for x in t.channels()}, "it ends")
    t.end(b, d)
    spies.close()


def refused(t):
    """What is asked wrongly has made nothing"""
    spies, a, b = stream(t, "spies"), *t.two()
    before = len(t.channels())
    for name in ("spy", "whisper"):
        for wrong in ("", "IN", "up", "in,out", "rx", "1"):
            body = t.expect(400, "POST", f"/channels/{a}/snoop", **{name: wrong, "app": "spies"})
            want(name in body["message"], body)
    for params in ({}, {"spy": "none"}, {"whisper": "none"}, {"spy": "none", "whisper": "none"}):
        want("one of spy" in t.expect(400, "POST", f"/channels/{a}/snoop", app="spies", **params)["message"], params)
    want("app is needed" in t.expect(400, "POST", f"/channels/{a}/snoop", spy="in")["message"], "no application")
    for path in (f"/channels/{a}/snoop", f"/channels/{a}/snoop/x"):
        want("application nobody" in t.expect(404, "POST", path, spy="in", app="nobody")["message"], "there is none")
        t.expect(404, "POST", path.replace(a, "nobody"), spy="in", app="spies")
    for wrong in ("", "a/b", "a b", "x" * 40, 'a"b', "a%b"):
        want("snoopId" in t.expect(400, "POST", f"/channels/{a}/snoop", spy="in", app="spies", snoopId=wrong)["message"], wrong)
    t.expect(400, "POST", f"/channels/{a}/snoop/{'x' * 40}", spy="in", app="spies")
    want("taken" in t.expect(409, "POST", f"/channels/{a}/snoop/{b}", spy="in", app="spies")["message"], "it is taken")
    want(len(t.channels()) == before and not mark(t, spies, "spies"), "nothing was made")
    row = [a]
    for i in range(4):
        row.append(snoop(t, row[-1], snoopId=f"row{i}")["id"])
    want("snoop on one another" in t.expect(409, "POST", f"/channels/{row[-1]}/snoop", spy="in", app="spies")["message"], row)
    t.end(a)
    until(lambda: not set(row) & {c["id"] for c in t.channels()}, "all end with it")
    t.expect(404, "POST", f"/channels/{a}/snoop", spy="in", app="spies")
    spies.close()
