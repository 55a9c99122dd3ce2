# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done with several calls at once: transfer, pickup, swap, ring group, parking."""
import shapes
from client import Lines, until, want


def bridge(t, *ids):
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=",".join(ids))
    return br


def two_bridged(t):
    """Four channels: a and c are in a bridge, b and d are their far ends"""
    (a, b), (c, d) = t.two(), t.two()
    return a, b, c, d, bridge(t, a, c)


def seen(lines, kind, sid):
    return lines.until(lambda e: e["type"] == kind and e["channel"]["id"] == sid)[-1]


def gone(t, *ids):
    until(lambda: not {c["id"] for c in t.channels()} & set(ids), f"{ids} end")


def show(t, sid):
    return t.expect(200, "GET", f"/channels/{sid}")


def ringing(t, number):
    """An outgoing channel whose far end is alerted, and that far end"""
    a = t.expect(200, "POST", "/channels", endpoint=f"Local/{number}", app="test")["id"]
    b = until(lambda: next((c["id"] for c in t.channels() if c["leg"] == f"{number};2" and c["state"] == "Ring"),
                           None), "it arrives")
    t.expect(204, "POST", f"/channels/{b}/ring")
    until(lambda: show(t, a)["state"] == "Ringing", "it rings")
    return a, b


def blind(t):
    a, b, c, d, _ = two_bridged(t)
    for params, status in (({}, 400), ({"endpoint": "Local/2002", "extension": "2"}, 400), ({"extension": ""}, 400),
                           ({"extension": "1" * 32}, 400), ({"endpoint": "Nothing/1"}, 400), ({"endpoint": "2"}, 400),
                           ({"endpoint": "Local/2", "timeout": "x"}, 400), ({"endpoint": "PRI/none/2"}, None),
                           ({"endpoint": "Local/" + "1" * 32}, 412), ({"extension": "9"}, 404),
                           ({"extension": "1234"}, 409), ({"endpoint": "Local/" + "1" * 90}, 412)):
        answer = t.ask("POST", f"/channels/{a}/transfer", **params)
        want(400 <= answer.status < 504 if status is None else answer.status == status, params, answer)
    want({x["id"] for x in t.channels()} == {a, b, c, d} and show(t, a)["bridge"] == show(t, c)["bridge"] != 0,
         "a refused transfer changed something")
    t.expect(412, "POST", f"/channels/{b}/transfer", endpoint="Local/2002")  # it is in no bridge
    lines = Lines(t.path)
    old = show(t, c)["bridge"]
    t.expect(204, "POST", f"/channels/{a}/transfer", endpoint="Local/2002")
    event = seen(lines, "BridgeBlindTransfer", a)
    want(event["transferee"] == c and event["target"] == "Local/2002", event)
    gone(t, a, b)
    until(lambda: show(t, c)["bridge"] not in (0, old), "it talks to the new one")
    t.all_gone()
    # To a number: the router takes it
    a, b, c, d, _ = two_bridged(t)
    t.expect(204, "POST", f"/channels/{a}/transfer", extension="2001")
    gone(t, a, b)
    want(show(t, c)["state"] == "Up" and show(t, c)["dialplan"]["exten"] == "2001", show(t, c))
    t.all_gone()
    # Nobody answers there: the one that was handed over hears so
    a, b, c, d, _ = two_bridged(t)
    t.expect(204, "POST", f"/channels/{a}/transfer", {"endpoint": "Local/3009", "timeout": 1})
    want(seen(lines, "ChannelDestroyed", c)["cause"] == 19)
    lines.close()
    t.all_gone()


def attended(t):
    a, b, c, d, _ = two_bridged(t)
    e, f, g, h, _ = two_bridged(t)
    for params, status in (({"channel": "nobody"}, 404), ({"channel": a}, 412), ({"channel": c}, 412),
                           ({"channel": ""}, 404)):
        t.expect(status, "POST", f"/channels/{a}/transfer", **params)
    t.expect(412, "POST", f"/channels/{b}/transfer", channel=d)  # neither is in a bridge
    lines, leg = Lines(t.path), show(t, g)["leg"]
    t.expect(204, "POST", f"/channels/{a}/transfer", channel=e)
    event = seen(lines, "BridgeAttendedTransfer", a)
    want(event["second"] == e and event["source"] == g, event)
    gone(t, b, e, f, g)
    want(show(t, a)["leg"] == leg and show(t, a)["bridge"] == show(t, c)["bridge"] != 0, "they are not joined")
    want({x["id"] for x in t.channels()} == {a, c, d, h}, "S11: more channels than parties")
    lines.close()
    t.all_gone()


def pickup(t):
    a, b = ringing(t, "3003")
    c, d = t.two()
    for params, status in (({}, 400), ({"channel": "nobody"}, 404), ({"channel": a}, 412)):
        t.expect(status, "POST", f"/channels/{a}/pickup", **params)
    t.expect(412, "POST", f"/channels/{c}/pickup", channel=d)  # it does not ring
    lines = Lines(t.path)
    picked = t.expect(200, "POST", f"/channels/{a}/pickup", channel=c)
    shapes.check(picked, shapes.CHANNEL)
    want(picked["id"] == a and picked["state"] == "Up", picked)
    want(seen(lines, "ChannelPickedUp", a)["other"] == c)
    want(seen(lines, "ChannelDestroyed", b)["cause"] == 26, "what rang is told that another one took it")
    gone(t, b, c)
    t.expect(412, "POST", f"/channels/{a}/pickup", channel=d)
    lines.close()
    t.all_gone()


def swap(t):
    a, b, c, d, br = two_bridged(t)
    for params, status in (({}, 400), ({"channel": "nobody"}, 404), ({"channel": a}, 412), ({"channel": c}, 412)):
        t.expect(status, "POST", f"/channels/{a}/swap", **params)
    t.expect(412, "POST", f"/channels/{b}/swap", channel=d)
    lines = Lines(t.path)
    t.expect(204, "POST", f"/channels/{a}/swap", channel=d)
    want(seen(lines, "ChannelSwapped", d)["other"] == a)
    want(t.expect(200, "GET", f"/bridges/{br}")["channels"] == [d, c])
    want(show(t, a)["state"] == "Up" and show(t, a)["bridge"] == 0, "the one that left ended")
    lines.close()
    t.all_gone()


def ring_group(t):
    a, b = ringing(t, "3003")
    for params, status in (({}, 400), ({"endpoints": ""}, 400), ({"endpoints": "Nothing/1"}, 400),
                           ({"endpoints": "Local/3101,"}, 400), ({"endpoints": ",".join(["Local/3"] * 33)}, 400),
                           ({"endpoints": "Local/3101", "timeout": "-1"}, 400),
                           ({"endpoints": "Local/3101", "callerId": "x"}, 400), ({"endpoints": "PRI/none/1"}, None)):
        answer = t.ask("POST", f"/channels/{b}/ringGroup", **params)
        want(400 <= answer.status < 504 if status is None else answer.status == status, params, answer)
    t.expect(412, "POST", f"/channels/{a}/ringGroup", endpoints="Local/3101")  # it is dialled itself
    want({x["id"] for x in t.channels()} == {a, b}, "a refused ring group left channels")
    lines = Lines(t.path)
    t.expect(204, "POST", f"/channels/{b}/ringGroup", endpoints="Local/3101,PRI/none/1,Local/3102")
    until(lambda: len([c for c in t.channels() if c["leg"] in ("3101;2", "3102;2") and c["state"] == "Ring"]) == 2,
          "both ring")
    far = {c["leg"]: c["id"] for c in t.channels()}
    t.expect(204, "POST", f"/channels/{far['3102;2']}/answer")
    want(seen(lines, "RingGroupAnswered", far["3102;1"])["other"] == b)
    gone(t, far["3101;1"], far["3101;2"])
    t.up(a, b)
    until(lambda: show(t, b)["bridge"] == show(t, far["3102;1"])["bridge"] != 0, "they talk")
    lines.close()
    t.all_gone()


def parking(t):
    want(t.expect(200, "GET", "/parking") == [], "somebody is parked")
    a, b, c, d, _ = two_bridged(t)
    for params in ({"place": "x"}, {"place": 5}, {"place": 700}, {"place": 1000001}, {"timeout": "x"}, {"back": ""},
                   {"back": "Nothing/1"}, {"back": "1" * 32}):
        t.expect(400, "POST", f"/channels/{c}/park", **params)
    lines = Lines(t.path)
    shown = t.expect(200, "POST", f"/channels/{c}/park", place=702)
    shapes.check(shown, shapes.PLACE)
    want(shown["place"] == 702 and shown["channel"]["id"] == c and shown["channel"]["bridge"] == 0, shown)
    want(seen(lines, "ChannelParked", c)["place"] == 702)
    gone(t, a, b)
    t.expect(409, "POST", f"/channels/{c}/park")
    e, f = t.two()
    t.expect(409, "POST", f"/channels/{e}/park", place=702)
    want(t.expect(200, "POST", f"/channels/{e}/park", timeout=0)["place"] == 701, "not the lowest that is free")
    want([p["place"] for p in t.expect(200, "GET", "/parking")] == [701, 702])
    t.expect(400, "POST", "/parking/702/retrieve")
    for place in ("0", "700", "1701", "99999999999", "x", "7O1"):
        t.expect(404, "POST", f"/parking/{place}/retrieve", channel=f)
    t.expect(404, "POST", "/parking/702/retrieve", channel="nobody")
    t.expect(404, "POST", "/parking/705/retrieve", channel=f)
    t.expect(412, "POST", "/parking/701/retrieve", channel=e)  # itself
    t.expect(204, "POST", "/parking/702/retrieve", channel=f)
    want(seen(lines, "ChannelUnparked", c)["reason"] == "retrieved")
    want(show(t, c)["bridge"] == show(t, f)["bridge"] != 0, "they are not joined")
    t.expect(404, "POST", "/parking/702/retrieve", channel=f)
    t.end(e)
    want(seen(lines, "ChannelUnparked", e)["reason"] == "gone")
    want(t.expect(200, "GET", "/parking") == [], "a place is kept for nobody")
    t.all_gone()
    # Nobody comes: back to a number, or the end
    for back in ("2002", None):
        a, b = t.two()
        t.expect(200, "POST", f"/channels/{a}/park", timeout=1, **({"back": back} if back else {}))
        want(seen(lines, "ChannelUnparked", a)["reason"] == "timeout")
        if back:
            until(lambda: show(t, a)["dialplan"]["exten"] == back, "it goes there")
            want(show(t, a)["state"] == "Up", show(t, a))
        else:
            want(seen(lines, "ChannelDestroyed", a)["cause"] == 19)
        t.all_gone()
    lines.close()
