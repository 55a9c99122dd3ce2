# SPDX-License-Identifier: GPL-2.0-or-later
"""Conferences: mixing and holding bridges, as the API has them. Who hears whom is measured where there are
lines (test_conference and test_conference_lines of tests/unit): no media thread serves a local pair."""
import threading

import shapes
from api_transfers import show
from client import Lines, until, want

MEMBERS = 64


def conference(t, n, **params):
    """A bridge of n calls, and the calls: one far end of each in the bridge"""
    pairs = [t.two() for _ in range(n)]
    br = t.expect(200, "POST", "/bridges", **params)["id"]
    if n:
        t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=",".join(a for a, _ in pairs))
    return br, [a for a, _ in pairs], [b for _, b in pairs]


def members(t, br):
    return t.expect(200, "GET", f"/bridges/{br}")["channels"]


def checked(lines, what):
    """The events up to one that fits, each of the shape that it is to have"""
    seen = lines.until(what)
    for event in seen:
        shapes.check_event(event)
    return seen


def step(lines, kind, sid):
    """The next event of that type about that channel"""
    return checked(lines, lambda e: e["type"] == kind and e["channel"]["id"] == sid)[-1]


def ended(lines, br):
    """All that comes up to the end of that bridge; former ones may end late"""
    return checked(lines, lambda e: e["type"] == "BridgeDestroyed" and e["bridge"]["id"] == br)


def types(t):
    for kind, is_to_be, mode in ((None, "mixing", "auto"), ("mixing", "mixing", "auto"), ("holding", "holding", "auto"),
                                 ("mixing,dtmf_events", "mixing", "auto"), ("proxy_media", "mixing", "user"),
                                 ("mixing,proxy_media", "mixing", "user"), ("proxy_media,holding", "holding", "user")):
        br = t.expect(200, "POST", "/bridges", **({"type": kind} if kind else {}))
        shapes.check(br, shapes.BRIDGE)
        want(br["bridge_type"] == is_to_be and br["mode"] == mode, kind, br)
        want(t.expect(200, "GET", f"/bridges/{br['id']}") == br, br)
    before = t.expect(200, "GET", "/bridges")
    for kind in ("", "none", "mixing,", ",mixing", "mixing,holding", "mixing holding", "mixin", "mixing,video_sfu"):
        want("mixing or holding" in t.expect(400, "POST", "/bridges", type=kind)["message"], kind)
        t.expect(400, "POST", "/bridges/named", type=kind)
    want(t.expect(200, "GET", "/bridges") == before, "a refused request made a bridge")
    lines = Lines(t.path)
    held = next(b["id"] for b in before if b["bridge_type"] == "holding")
    t.expect(204, "DELETE", f"/bridges/{held}")
    end = ended(lines, held)[-1]
    want(end["bridge"]["bridge_type"] == "holding", end)
    lines.close()
    t.all_gone()


def entering(t):
    """Members in the order in which they came, in the answers and in the events"""
    br, (a, b, c), far = conference(t, 3, type="mixing")
    d, e = t.two()
    want(members(t, br) == [a, b, c], members(t, br))
    lines = Lines(t.path)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=d, mute="true")
    event = step(lines, "ChannelEnteredBridge", d)
    want(event["bridge"]["id"] == br and event["bridge"]["channels"] == [a, b, c, d], event)
    want(event["channel"]["bridge"] == show(t, d)["bridge"] != 0, event)
    t.expect(409, "POST", f"/bridges/{br}/addChannel", channel=d)
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=b)
    event = step(lines, "ChannelLeftBridge", b)
    want(event["bridge"]["channels"] == [a, c, d] and event["channel"]["bridge"] == 0, event)
    t.expect(404, "POST", f"/bridges/{br}/removeChannel", channel=b)
    # Both ends of one local pair may be in it.
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=e)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=b)
    want(members(t, br) == [a, c, d, e, b], members(t, br))
    t.expect(422, "POST", f"/bridges/{br}/path", mode="kernel")  # of more than two
    # Of more than two none is the other one, who could be transferred.
    t.expect(412, "POST", f"/channels/{a}/transfer", endpoint="Local/2002")
    lines.close()
    t.all_gone()


def leaving(t):
    """By a hang-up of either end, in the middle of the list; by another's taking the place; by a move"""
    br, (a, b, c, d, e), far = conference(t, 5)
    lines = Lines(t.path)
    t.expect(204, "DELETE", f"/channels/{b}")
    checked(lines, lambda x: x["type"] == "ChannelLeftBridge" and x["channel"]["id"] == b or
            x["type"] == "ChannelDestroyed" and x["channel"]["id"] == b)
    until(lambda: members(t, br) == [a, c, d, e], "who hung up is out")
    t.expect(204, "DELETE", f"/channels/{far[3]}")
    until(lambda: members(t, br) == [a, c, e], "and whose far end did")
    x, y = t.two()
    t.expect(204, "POST", f"/channels/{a}/swap", channel=x)
    want(members(t, br) == [x, c, e], members(t, br))
    want(step(lines, "ChannelSwapped", x)["other"] == a)
    t.expect(204, "POST", f"/channels/{c}/swap", channel=y)  # y's own other end is in it
    want(members(t, br) == [x, y, e] and show(t, c)["bridge"] == 0, members(t, br))
    leg = show(t, a)["leg"]
    moved = t.expect(200, "POST", f"/channels/{e}/move", source=a)
    want(moved["id"] == e and moved["leg"] == leg and members(t, br) == [x, y, e], moved)
    # Of the last two one goes: the other one stays, and so does the bridge.
    t.expect(204, "DELETE", f"/channels/{x}")
    until(lambda: members(t, br) == [e], "a pair hangs up")
    until(lambda: show(t, e)["state"] == "Up", "who is left is up")
    t.end(e)
    until(lambda: members(t, br) == [], "nobody is left")
    lines.close()
    t.all_gone()


def destroying(t):
    """With all members in it: they leave, then it ends, and their calls go on"""
    br, near, far = conference(t, 4)
    lines = Lines(t.path)
    t.expect(204, "DELETE", f"/bridges/{br}")
    seen = ended(lines, br)
    left = [e["channel"]["id"] for e in seen if e["type"] == "ChannelLeftBridge"]
    want(sorted(left) == sorted(near), seen)
    t.expect(404, "GET", f"/bridges/{br}")
    want(all(show(t, sid)["state"] == "Up" and show(t, sid)["bridge"] == 0 for sid in near + far))
    lines.close()
    t.all_gone()


def voices_of(t, br):
    return [(m["channel"], m["role"], m["mute"], m["volume"]) for m in t.expect(200, "GET", f"/bridges/{br}")["members"]]


def shown(t):
    """How members are heard, when the list of them changes; who takes another's place has nobody's voice"""
    br, (a, b, c), _ = conference(t, 3)
    lines = Lines(t.path)
    t.expect(204, "POST", f"/bridges/{br}/members/{b}", mute="true", volume=24)
    t.expect(204, "POST", f"/bridges/{br}/members/{c}", volume=-24)
    want(voices_of(t, br) == [(a, "participant", False, 0), (b, "participant", True, 24), (c, "participant", False, -24)],
         voices_of(t, br))
    t.expect(204, "POST", f"/bridges/{br}/members/{b}", mute="false")
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=a)
    want(voices_of(t, br) == [(b, "participant", False, 24), (c, "participant", False, -24)], voices_of(t, br))
    left = lines.until(lambda x: x["type"] == "ChannelLeftBridge")[-1]["bridge"]
    want([m["channel"] for m in left["members"]] == left["channels"] == [b, c], left)
    t.expect(204, "POST", f"/channels/{b}/swap", channel=a)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=b, mute="true")
    want(voices_of(t, br) == [(a, "participant", False, 0), (c, "participant", False, -24), (b, "participant", True, 0)],
         voices_of(t, br))
    lines.close()
    t.all_gone()


def voices(t):
    br, (a, _, _), far = conference(t, 3)
    other = t.expect(200, "POST", "/bridges", type="holding")["id"]
    d, e = t.two()
    for params in ({"mute": "yes"}, {"mute": ""}, {"mute": 1}, {"role": "chief"}, {"role": ""}, {"role": "announcer"},
                   {"absorbDTMF": "x"}):
        t.expect(400, "POST", f"/bridges/{br}/addChannel", channel=d, **params)
    t.expect(422, "POST", f"/bridges/{br}/addChannel", channel=d, absorbDTMF="true")
    want(show(t, d)["bridge"] == 0, "a refused request put it in")
    t.expect(204, "POST", f"/bridges/{br}/addChannel",
             {"channel": d, "mute": True, "role": "participant", "absorbDTMF": False})
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=d)
    for role in ("announcer", "participant"):
        t.expect(204, "POST", f"/bridges/{other}/addChannel", channel=d if role == "announcer" else e, role=role)
    want(members(t, other) == [d, e])
    where = f"/bridges/{br}/members/{a}"
    for params in ({"mute": "true"}, {"volume": -24}, {"volume": "24", "mute": "false"}, {"volume": 0}):
        t.expect(204, "POST", where, **params)
        t.expect(204, "POST", where, params)
    t.expect(204, "POST", f"/bridges/{other}/members/{d}", volume=-3)
    want(voices_of(t, other) == [(d, "announcer", False, -3), (e, "participant", False, 0)], voices_of(t, other))
    for params in ({}, {"mute": "no"}, {"volume": ""}, {"volume": "x"}, {"volume": "1x"}, {"volume": 25},
                   {"volume": -25}, {"volume": "9" * 30}, {"mute": "true", "volume": "loud"}):
        t.expect(400, "POST", where, **params)
    for br_id, sid in ((br, d), (other, a), (br, "nobody"), ("nobody", a)):
        t.expect(404, "POST", f"/bridges/{br_id}/members/{sid}", mute="true")
    # A bridge that the daemon made for two is none of members.
    near, called = t.pair("3001")
    t.expect(204, "POST", f"/channels/{called}/ringGroup", endpoints="Local/2002")
    t.up(near, called)
    two = until(lambda: next((x["id"] for x in t.expect(200, "GET", "/bridges") if called in x["channels"]), None),
                "they talk")
    t.expect(409, "POST", f"/bridges/{two}/members/{called}", mute="true")
    t.expect(409, "POST", f"/bridges/{two}/addChannel", channel=far[0], mute="true")
    t.expect(409, "POST", f"/bridges/{two}/addChannel", channel=far[0])
    t.all_gone()


def full(t):
    br = t.expect(200, "POST", "/bridges")["id"]
    made = [t.expect(200, "POST", "/channels/create", endpoint="Local/3001", app="test")["id"]
            for _ in range(MEMBERS + 1)]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", {"channel": ",".join(made[:-1])})
    t.expect(409, "POST", f"/bridges/{br}/addChannel", channel=made[-1])
    want(members(t, br) == made[:-1], "who is in it")
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=made[31])
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=made[-1])
    want(members(t, br) == made[:31] + made[32:], "who is in it, after a change")
    t.all_gone()


def crowd(t):
    """Several do anything to one conference: what it says of itself stays true, and events pair"""
    lines, errors = Lines(t.path), []
    br, near, far = conference(t, 4)

    def busy(mine):
        try:
            for _ in range(15):
                for what in ("removeChannel", "addChannel"):
                    t.expect(204, "POST", f"/bridges/{br}/{what}", channel=mine)
                t.expect(204, "POST", f"/bridges/{br}/members/{mine}", mute="true", volume=-6)
        except Exception as error:  # of a thread: told where the case ends
            errors.append(error)

    threads = [threading.Thread(target=busy, args=(sid,)) for sid in near[:3]]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen = members(t, br)
        want(near[3] in seen and len(seen) == len(set(seen)), seen)
    for thread in threads:
        thread.join()
    want(not errors, errors)
    want(sorted(members(t, br)) == sorted(near), "all are back")
    t.expect(204, "DELETE", f"/bridges/{br}")
    inside = {sid: False for sid in near}
    for event in ended(lines, br):
        if event["type"] in ("ChannelEnteredBridge", "ChannelLeftBridge") and event["bridge"]["id"] == br:
            enters, sid = event["type"] == "ChannelEnteredBridge", event["channel"]["id"]
            want(inside[sid] != enters, "twice in or out", event)
            inside[sid] = enters
    want(not any(inside.values()), inside)
    lines.close()
    t.all_gone()
