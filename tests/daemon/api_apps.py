# SPDX-License-Identifier: GPL-2.0-or-later
"""Applications: who hears which events"""
import shapes
from client import Lines, WebSocket, ends, until, want


def stream(t, apps, *more):
    ws = WebSocket(t.path, "/ari/events?" + "&".join((f"app={apps}",) + more))
    want(ws.status == 101, ws.status)
    return ws


def mark(t, ws, app):
    """All that ws was to hear up to now; ws hears app"""
    a = t.expect(200, "POST", "/channels/create", endpoint="Local/2001", app=app)["id"]
    got = ws.until(lambda e: e["type"] == "StasisStart" and e["channel"]["id"] == a)
    t.expect(204, "DELETE", f"/channels/{a}")
    ws.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
    for event in got:
        shapes.check_event(event)
    return [e for e in got if e.get("channel", e.get("peer", {})).get("id") != a]


def told(t, sid):
    """Something happens to a channel: ChannelVarset"""
    t.expect(204, "POST", f"/channels/{sid}/variable", variable="x", value="y")


def kinds(events, sid):
    return [e["type"] for e in events if e.get("channel", e.get("peer", {})).get("id") == sid]


def starting(t):
    """A call is its application's from the answer on, a created one from the start; a routed one as it comes"""
    one, two = stream(t, "one"), stream(t, "two")
    a = t.expect(200, "POST", "/channels", endpoint="Local/2001", app="one", appArgs="in,7")["id"]
    got = one.until(lambda e: e["type"] == "StasisStart")
    want(got[-1]["args"] == ["in", "7"] and got[-1]["channel"]["id"] == a and got[-1]["application"] == "one", got[-1])
    want(got[-1]["channel"]["state"] == "Up" and "Dial" in kinds(got, a), got)
    want({e["application"] for e in got} == {"one"}, got)
    t.expect(204, "DELETE", f"/channels/{a}")
    end = kinds(one.until(lambda e: e["type"] == "ChannelDestroyed"), a)
    want(end[:2] == ["ChannelHangupRequest", "StasisEnd"] and end[-1] == "ChannelDestroyed", end)

    b = t.expect(200, "POST", "/channels/create", endpoint="Local/2001", app="one")["id"]
    got = one.until(lambda e: e["type"] == "StasisStart" and e["channel"]["id"] == b)
    want(got[-1]["args"] == [] and got[-1]["channel"]["state"] == "Down", got[-1])
    t.expect(204, "POST", f"/channels/{b}/dial")
    t.up(b)
    want(kinds(mark(t, one, "one"), b).count("StasisStart") == 0, "it has started already")
    t.expect(204, "POST", f"/channels/{b}/continue", extension="2001")
    one.until(lambda e: e["type"] == "StasisEnd" and e["channel"]["id"] == b)
    told(t, b)
    t.end(b)
    want(not kinds(mark(t, one, "one"), b), "it is not the application's any more")

    test = stream(t, "test")
    c = t.expect(200, "POST", "/channels", endpoint="Local/3001", app="two")["id"]
    started = test.until(lambda e: e["type"] == "StasisStart")[-1]["channel"]
    want(started["id"] != c and started["state"] == "Ring" and started["dialplan"]["exten"] == "3001", started)
    t.end(c)
    test.until(lambda e: e["type"] == "StasisEnd" and e["channel"]["id"] == started["id"])
    want("StasisStart" not in kinds(mark(t, two, "two"), c), "it was never answered")
    for ws in (one, two, test):
        ws.close()


def subscribing(t):
    """What an application has subscribed to, and the bridges of its channels"""
    one, two, every = stream(t, "one"), stream(t, "two"), stream(t, "all", "subscribeAll=true")
    a, b = t.pair(app="one")
    t.up(a, b)
    br = t.expect(200, "POST", "/bridges")["id"]
    want(not mark(t, two, "two"), "none of this is of that application")

    def subscription(status, method, sources, app="two"):
        return t.expect(status, method, f"/applications/{app}/subscription", eventSource=sources)
    app = subscription(200, "POST", f"channel:{a},bridge:{br}")
    shapes.check(app, shapes.APPLICATION)
    want(app["channel_ids"] == [a] and app["bridge_ids"] == [br] and app["endpoint_ids"] == [], app)
    told(t, a)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=a)
    got = mark(t, two, "two")
    want([e["type"] for e in got] == ["ChannelVarset", "ChannelEnteredBridge"], got)
    got = mark(t, one, "one")
    want(kinds(got, a)[-2:] == ["ChannelVarset", "ChannelEnteredBridge"], got)
    app = t.expect(200, "GET", "/applications/one")
    want(app["bridge_ids"] == [br] and app["channel_ids"] == [a], app)
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=a)
    until(lambda: not t.expect(200, "GET", "/applications/one")["bridge_ids"], "the bridge is not its any more")

    for status, sources in ((422, "channel:nobody"), (422, "bridge:nobody"), (400, "nobody"), (422, "deviceState:"),
                            (422, "endpoint:"), (400, f"channel:{a},"), (400, "x" * 200)):
        subscription(status, "POST", sources)
        subscription(status, "POST", f"endpoint:PRI/x,{sources}")
    subscription(404, "POST", f"channel:{a}", "nobody")
    subscription(409, "DELETE", "endpoint:PRI/x")
    want(t.expect(200, "GET", "/applications/two")["endpoint_ids"] == [], "a refusal changes nothing")
    want(subscription(200, "DELETE", f"channel:{a},channel:{a}")["channel_ids"] == [], "it is gone")
    subscription(409, "DELETE", f"channel:{a}")
    told(t, a)
    t.expect(204, "DELETE", f"/bridges/{br}")
    got = mark(t, two, "two")
    want([e["type"] for e in got] == ["ChannelLeftBridge", "BridgeDestroyed"], got)
    want(t.expect(200, "GET", "/applications/two")["bridge_ids"] == [], "what is gone is not subscribed to")

    subscription(200, "POST", "endpoint:Local")
    subscription(200, "POST", "endpoint:Loca")
    t.end(a)
    two.until(ends(a, b))  # of the endpoint's technology
    subscription(200, "DELETE", "endpoint:Local")
    t.end(*t.two())
    want(not mark(t, two, "two"), "a part of a name is none")
    got = every.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
    want({e["application"] for e in got} == {"all"} and "BridgeDestroyed" in {e["type"] for e in got}, got)
    made = []
    for i in range(30):  # what was answered before the request was told before it
        made.append(t.expect(200, "POST", "/bridges", name=f"room {i}"))
        br = made[-1]["id"]
        subscription(200, "POST", f"bridge:{br}")
        t.expect(204, "DELETE", f"/bridges/{br}")
    got = mark(t, two, "two")
    want([(e["type"], e["bridge"]) for e in got] == [("BridgeDestroyed", br) for br in made], got)
    for ws in (one, two, every):
        ws.close()


def members(t):
    """An application hears of a bridge until all have left that came in as its; also of those that hang up, or that it has again"""
    one, two = stream(t, "one"), stream(t, "two")

    def bridges(app):
        return t.expect(200, "GET", f"/applications/{app}")["bridge_ids"]
    a, b = t.pair(app="one")
    c, d = t.pair(app="two")
    t.up(a, b, c, d)
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=f"{a},{c}")
    t.end(a)
    got = one.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
    want(kinds(got, a)[-4:] == ["ChannelHangupRequest", "ChannelLeftBridge", "StasisEnd", "ChannelDestroyed"], got)
    left = [e for e in got if e["type"] == "ChannelLeftBridge"][-1]
    want(left["bridge"]["channels"] == [c] and left["channel"]["bridge"] == 0, left)
    want(not bridges("one") and bridges("two") == [br], "it is no bridge of the first one's any more")
    told(t, c)
    want([e["type"] for e in mark(t, two, "two") if e.get("channel", {}).get("id") in (a, c)][-2:] ==
         ["ChannelLeftBridge", "ChannelVarset"], "the other one hears of both")
    two.close()
    until(lambda: t.ask("GET", "/applications/two").status == 404, "it ends")
    two = stream(t, "two")
    want(bridges("two") == [br], "its call is in the bridge still")
    e, f = t.pair(app="one")
    t.up(e, f)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=e)
    t.expect(204, "DELETE", f"/bridges/{br}")
    got = mark(t, two, "two")
    want([e["type"] for e in got] == ["ChannelEnteredBridge", "ChannelLeftBridge"], got)
    want(got[1]["channel"]["id"] == c and not bridges("one") and not bridges("two"), "until its own has left")
    for ws in (one, two):
        ws.close()
    t.all_gone()


def naming(t):
    """Several names on a stream; one that another stream takes over; names that cannot be"""
    both = stream(t, "one,two")
    a = t.expect(200, "POST", "/channels", endpoint="Local/2001", app="one")["id"]
    t.up(a)
    t.expect(200, "POST", "/applications/two/subscription", eventSource=f"channel:{a}")
    told(t, a)
    got = [e for e in mark(t, both, "one") if e["type"] == "ChannelVarset"]
    want(sorted(e["application"] for e in got) == ["one", "two"], got)
    names = [app["name"] for app in t.expect(200, "GET", "/applications")]
    want(sorted(names) == ["one", "two"], names)

    other = stream(t, "two")
    want(both.until(lambda e: e["type"] == "ApplicationReplaced")[-1]["application"] == "two", "it is told")
    told(t, a)
    want([e["type"] for e in mark(t, other, "two")] == ["ChannelVarset"], "with its subscriptions")
    got = [e for e in mark(t, both, "one") if e["type"] == "ChannelVarset"]
    want([e["application"] for e in got] == ["one"], got)
    both.close()
    until(lambda: len(t.expect(200, "GET", "/applications")) == 1, "an application ends with its stream")
    t.expect(404, "GET", "/applications/one")
    t.end(a)
    other.close()
    until(lambda: not t.expect(200, "GET", "/applications"), "no application is left")
    for name in ("", "a,", ",a", "a,,b", "a%20b", "a" * 32, "a/b", "%22"):
        ws = WebSocket(t.path, f"/ari/events?app={name}")
        if ws.status == 101:
            opcode, payload = ws.message()
            want(opcode == 8 and payload[:2] == b"\x03\xf0" and b"names" in payload, payload)
        ws.close()
        t.expect(400, "GET", "/events", app=name)
    want(not t.expect(200, "GET", "/applications"), "none of them is one")


def absent(t):
    """What is for an application that no stream names is refused; what is an application's stays when its stream ends"""
    lines, one, two = Lines(t.path), stream(t, "one"), stream(t, "two")
    for path in ("/channels", "/channels/create", "/channels/mine"):
        want("application nobody" in t.expect(404, "POST", path, endpoint="Local/2001", app="nobody")["message"], path)
    want(not t.channels(), "a refusal makes nothing")
    for number, cause in (("3001", 27), ("3901", 41)):  # as it is without, and with a cause in the route
        a = t.expect(200, "POST", "/channels", endpoint=f"Local/{number}", app="one")["id"]
        got = lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)
        want(got[-1]["cause"] == cause and "StasisStart" not in {e["type"] for e in got}, got)

    a, b = t.pair(app="one")
    t.up(a, b)
    t.expect(503, "POST", f"/channels/{a}/continue", extension="3001")
    want(t.expect(200, "GET", f"/channels/{a}")["dialplan"]["app_name"] == "one", "it is still its")
    test = stream(t, "test")
    c = t.expect(200, "POST", "/channels", endpoint="Local/3001", app="two")["id"]
    d = test.until(lambda e: e["type"] == "StasisStart")[-1]["channel"]["id"]
    two.close()
    until(lambda: t.ask("GET", "/applications/two").status == 404, "that one ends")
    t.expect(204, "POST", f"/channels/{d}/answer")
    got = lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == c)
    want(got[-1]["cause"] == 27 and not [e for e in got if e["type"] == "StasisStart" and e["channel"]["id"] == c], got)

    one.close()
    until(lambda: t.ask("GET", "/applications/one").status == 404, "and the other")
    want({x["state"] for x in t.channels() if x["id"] in (a, b)} == {"Up"}, "its calls stay")
    one = stream(t, "one")
    want(t.expect(200, "GET", "/applications/one")["channel_ids"] == [a], "and are its again")
    told(t, a)
    want(kinds(mark(t, one, "one"), a) == ["ChannelVarset"], "it hears of them")
    for ws in (one, test, lines):
        ws.close()
    t.all_gone()
