# SPDX-License-Identifier: GPL-2.0-or-later
"""What is seen from outside beside calls: the daemon, its variables and log, endpoints, device states, user events"""
import shapes
from api_apps import mark, stream
from client import Connection, Lines, request, until, want


def about(t):
    """AsteriskInfo, whole and in parts"""
    info = t.expect(200, "GET", "/asterisk/info")
    shapes.check(info, shapes.INFO)
    for only in ("status", "build,system", "core,config"):
        part = t.expect(200, "GET", "/asterisk/info", only=only)
        shapes.check(part, {name: shapes.INFO[name] for name in only.split(",")})
    want(info["status"]["pid"] == t.pid and info["status"]["startup_time"] <= info["status"]["last_reload_time"], info)
    for only in ("", "x", "status,", ",status", "status,x", "stat"):
        t.expect(400, "GET", "/asterisk/info", only=only)


def variables(t):
    """Global variables: set, read, told; no channel has them"""
    lines, every, one = Lines(t.path), stream(t, "every", "subscribeAll=true"), stream(t, "one")
    want(t.expect(200, "GET", "/asterisk/variable", variable="never") == {"value": ""})
    t.expect(204, "POST", "/asterisk/variable", variable="color", value="gr\u00fcn")
    t.expect(204, "POST", "/asterisk/variable", {"variable": "number", "value": 7})
    want(t.expect(200, "GET", "/asterisk/variable", variable="color") == {"value": "gr\u00fcn"})
    want(t.expect(200, "GET", "/asterisk/variable", variable="number") == {"value": "7"})
    t.expect(204, "POST", "/asterisk/variable", variable="color")
    want(t.expect(200, "GET", "/asterisk/variable", variable="color") == {"value": ""})
    for reader, app in ((lines, "opentdm"), (every, "every")):
        seen = [reader.next() for _ in range(3)]
        for event in seen:
            shapes.check_event(event)
            want(event["application"] == app and "channel" not in event, event)
        told = [(e["variable"], e["value"]) for e in seen]
        want(told == [("color", "gr\u00fcn"), ("number", "7"), ("color", "")], seen)
    a, b = t.two()
    t.expect(404, "GET", f"/channels/{a}/variable", variable="number")
    t.end(a, b)
    want(not [e for e in mark(t, one, "one") if e["type"] == "ChannelVarset"], "it asked for none")
    for params in ({}, {"variable": ""}, {"variable": "v" * 32}, {"variable": "v", "value": "x" * 96}):
        t.expect(400, "POST", "/asterisk/variable", **params)
    t.expect(400, "GET", "/asterisk/variable")
    for n in range(1022):
        t.expect(204, "POST", "/asterisk/variable", variable=f"v{n}")
    t.expect(409, "POST", "/asterisk/variable", variable="onemore")
    t.expect(204, "POST", "/asterisk/variable", variable="v7", value="still")
    for reader in (lines, every, one):
        reader.close()


def logging(t):
    """The log's level, changed while it runs, and seen in the log"""
    def told():
        channels = t.expect(200, "GET", "/asterisk/logging")
        shapes.check(channels, [shapes.LOG])
        want(len(channels) == 1 and channels[0]["channel"] == "console", channels)
        return channels[0]["configuration"]

    def calls():
        with open(t.log) as f:
            return f.read().count("takes route")
    want(told() == "error,warning,notice,verbose", told())
    before = calls()
    t.end(*t.two())
    want(calls() == before + 1, "a call is logged")
    t.expect(204, "POST", "/asterisk/logging/console", configuration="notice")
    want(told() == "error,warning,notice", told())
    t.end(*t.two())
    want(calls() == before + 1, "and now it is not")
    for words in ("", "nonsense", "error,", "info", "notice,x", "Error"):
        t.expect(400, "POST", "/asterisk/logging/console", configuration=words)
    t.expect(400, "POST", "/asterisk/logging/console")
    t.expect(404, "POST", "/asterisk/logging/syslog", configuration="error")
    want(told() == "error,warning,notice", "a refusal changed it")
    t.expect(204, "POST", "/asterisk/logging/console", {"configuration": "error,verbose,warning"})
    want(told() == "error,warning,notice,verbose", told())


def endpoints(t):
    """Without lines those of local calls: each number with its channels"""
    for path in ("/endpoints", "/endpoints/Local", "/endpoints/PRI"):
        want(t.expect(200, "GET", path) == [], path)
    (a, b), (c, d), (e, f) = t.two(), t.two(), t.pair("3003")
    listed = t.expect(200, "GET", "/endpoints")
    shapes.check(listed, [shapes.ENDPOINT])
    want(sorted(x["resource"] for x in listed) == ["2001", "3003"], listed)
    want(t.expect(200, "GET", "/endpoints/Local") == listed and t.expect(200, "GET", "/endpoints/PRI") == [])
    one = t.expect(200, "GET", "/endpoints/Local/2001")
    want(one["technology"] == "Local" and one["state"] == "online", one)
    want(sorted(one["channel_ids"]) == sorted([a, b, c, d]), one)
    want(sorted(t.expect(200, "GET", "/endpoints/Local/3003")["channel_ids"]) == sorted([e, f]))
    for path in ("/endpoints/SIP", "/endpoints/local", "/endpoints/Loca", "/endpoints/Local/200", "/endpoints/PRI/2001",
                 "/endpoints/PRI/group:te0:1:1", "/endpoints/Local%2f2001x"):
        t.expect(404, "GET", path)
    t.end(a, b, c, d, e, f)
    t.expect(404, "GET", "/endpoints/Local/2001")


def levels(t):
    """Of local pairs, whose octets nobody sees, there are none"""
    a, b = t.two()
    for _ in range(2):
        got = t.expect(200, "GET", "/levels")
        want(sorted(x["channel"] for x in got) == sorted([a, b]) and {x["path"] for x in got} == {"none"}, got)
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=f"{a},{b}")
    want({x["path"] for x in t.expect(200, "GET", "/levels")} <= {"none", "user"}, "in a bridge")
    t.all_gone()


def spans(t):
    """Without a driver there is no span"""
    want(t.expect(200, "GET", "/spans") == [], "a span")
    for name in ("te0:1", "te0", "1"):
        t.expect(404, "GET", f"/spans/{name}")


def devices(t):
    """Device states: set, changed, told to who asked, deleted"""
    one, lines = stream(t, "one"), Lines(t.path)

    def state(name="Stasis:door"):
        got = t.expect(200, "GET", f"/deviceStates/{name}")
        shapes.check(got, shapes.DEVICE)
        want(got["name"] == name, got)
        return got["state"]
    want(t.expect(200, "GET", "/deviceStates") == [] and state() == "UNKNOWN")
    app = t.expect(200, "POST", "/applications/one/subscription", eventSource="deviceState:Stasis:door")
    shapes.check(app, shapes.APPLICATION)
    want(app["device_names"] == ["Stasis:door"], app)
    t.expect(204, "PUT", "/deviceStates/Stasis:door", deviceState="INUSE")
    t.expect(204, "PUT", "/deviceStates/Stasis:other", {"deviceState": "BUSY"})
    t.expect(204, "PUT", "/deviceStates/Stasis:door", deviceState="INUSE")  # nothing new to tell
    want(state() == "INUSE" and state("Stasis:other") == "BUSY")
    shapes.check(t.expect(200, "GET", "/deviceStates"), [shapes.DEVICE])
    want(sorted(d["name"] for d in t.expect(200, "GET", "/deviceStates")) == ["Stasis:door", "Stasis:other"])
    for wrong in ("", "inuse", "NOT_IN_USE", "1"):
        t.expect(400, "PUT", "/deviceStates/Stasis:door", deviceState=wrong)
    t.expect(400, "PUT", "/deviceStates/Stasis:door")
    for name in ("door", "Stasis:", "PRI", "stasis:x"):
        t.expect(409, "PUT", f"/deviceStates/{name}", deviceState="BUSY")
        t.expect(404, "GET", f"/deviceStates/{name}")
        t.expect(404, "DELETE", f"/deviceStates/{name}")
    t.expect(204, "DELETE", "/deviceStates/Stasis:door")
    t.expect(404, "DELETE", "/deviceStates/Stasis:door")
    want(state() == "UNKNOWN")
    t.expect(200, "DELETE", "/applications/one/subscription", eventSource="deviceState:Stasis:door")
    t.expect(204, "PUT", "/deviceStates/Stasis:door", deviceState="RINGING")
    t.expect(204, "DELETE", "/deviceStates/Stasis:other")
    t.expect(204, "DELETE", "/deviceStates/Stasis:door")
    heard = [e for e in mark(t, one, "one") if e["type"] == "DeviceStateChanged"]
    want([(e["device_state"]["name"], e["device_state"]["state"], e["application"]) for e in heard] ==
         [("Stasis:door", "INUSE", "one"), ("Stasis:door", "UNKNOWN", "one")], heard)
    told = lines.until(lambda e: e.get("device_state") == {"name": "Stasis:door", "state": "UNKNOWN"})
    told += lines.until(lambda e: e.get("device_state") == {"name": "Stasis:door", "state": "UNKNOWN"})
    want([e["device_state"]["state"] for e in told if e["type"] == "DeviceStateChanged"] ==
         ["INUSE", "BUSY", "UNKNOWN", "RINGING", "UNKNOWN", "UNKNOWN"], told)
    one.close()
    lines.close()


def putting(t):
    """A PUT with and without a body, as a POST"""
    with Connection(t.path) as c:
        c.send(request("PUT", "/ari/deviceStates/Stasis:x?deviceState=BUSY"))
        want(c.answer().status == 204 and c.closed())
    with Connection(t.path) as c:
        c.send(request("PUT", "/ari/deviceStates/Stasis:x?deviceState=BUSY", ""))
        want(c.answer().status == 204 and c.closed())
    with Connection(t.path) as c:
        c.send(request("PUT", "/ari/deviceStates/Stasis:x", '{"deviceState":"INUSE"}'))
        want(c.answer().status == 204 and c.closed())
    with Connection(t.path) as c:  # in two pieces
        whole = request("PUT", "/ari/deviceStates/Stasis:x", '{"deviceState":"ONHOLD"}')
        c.send(whole[:-5])
        until(lambda: t.expect(200, "GET", "/deviceStates/Stasis:x")["state"] == "INUSE", "nothing is done yet")
        c.send(whole[-5:])
        want(c.answer().status == 204)
    want(t.expect(200, "GET", "/deviceStates/Stasis:x")["state"] == "ONHOLD")
    t.expect(204, "DELETE", "/deviceStates/Stasis:x")


def user_events(t):
    """What one application tells another, of channels, bridges and endpoints"""
    one, two = stream(t, "one"), stream(t, "two")
    a, b = t.two()
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", "/events/user/hello", application="one")
    t.expect(204, "POST", "/events/user/hello", {"application": "one", "variables": {"a": "b", "n": [1, {"x": None}]},
                                                 "source": f"channel:{a},bridge:{br},endpoint:Local/2001"})
    seen = [one.next(), one.next()]
    for event in seen:
        shapes.check_event(event)
        want(event["type"] == "ChannelUserevent" and event["eventname"] == "hello", event)
    want(seen[0]["userevent"] == {} and set(seen[0]) & {"channel", "bridge", "endpoint"} == set(), seen[0])
    want(seen[1]["userevent"] == {"a": "b", "n": [1, {"x": None}]} and seen[1]["channel"]["id"] == a and
         seen[1]["bridge"]["id"] == br and seen[1]["endpoint"]["resource"] == "2001", seen[1])
    for status, params in ((400, {}), (400, {"application": ""}), (404, {"application": "nobody"}),
                           (422, {"application": "two", "source": "channel:nobody"}),
                           (422, {"application": "two", "source": f"channel:{a},bridge:nobody"}),
                           (422, {"application": "two", "source": "endpoint:Local/77"}),
                           (422, {"application": "two", "source": "endpoint:Local"}),
                           (422, {"application": "two", "source": "deviceState:Stasis:x"}),
                           (400, {"application": "two", "source": a}),
                           (400, {"application": "two", "source": "channel:" + "x" * 100})):
        t.expect(status, "POST", "/events/user/hello", **params)
    want("ChannelUserevent" not in [e["type"] for e in mark(t, two, "two")], "it was for another one, or refused")
    t.end(a, b)
    t.expect(204, "DELETE", f"/bridges/{br}")
    one.close()
    two.close()
    until(lambda: not {app["name"] for app in t.expect(200, "GET", "/applications")} & {"one", "two"}, "they end")
