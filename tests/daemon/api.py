#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control API of a tdmd without lines: calls are local pairs. TAP. Needs no root and no kernel module.

Every row of the tables in daemon/api must be asked well and badly here: the rows are read from the source, so
that one that is added without a test fails. usage: api.py TDMD [WORD...]: just what has one
of the words in its name.
"""
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time

import shapes
from client import Api, Connection, Lines, Tap, WebSocket, request, until, want

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONF = """[daemon]
log = info
[api]
socket = {dir}/sock
[media]
sounds = {dir}/sounds
recordings = {dir}/recordings
[route 1*]
action = refuse
cause = 17
[route 2*]
action = answer
[route 3*]
action = app
app = test
"""
# Q.850 causes of the reasons that ARI names
REASONS = {"normal": 16, "busy": 17, "congestion": 42, "no_answer": 19, "timeout": 102, "rejected": 21,
           "unallocated": 1, "normal_unspecified": 31, "number_incomplete": 28, "codec_mismatch": 58,
           "interworking": 127, "failure": 38, "answered_elsewhere": 26}


def read_rows():
    rows, text = [], ""
    for name in ("channels", "bridges", "misc"):
        with open(f"{TOP}/daemon/api/{name}.c") as f:
            text += f.read()
    many = "".join(re.findall(r'"([^"]*)"', re.search(r"#define ORIGINATE((?:.*\\\n)+.*)", text).group(1)))
    for method, path, params in re.findall(r'\{ API_(\w+), "([^"]+)",\s*("[^"]*"|ORIGINATE),', text):
        rows.append((method, path, (many if params == "ORIGINATE" else params.strip('"')).split()))
    return rows


class Test(Api):
    def __init__(self, tap, folder):
        super().__init__(f"{folder}/sock")
        self.tap, self.dir = tap, folder
        self.good, self.bad = set(), set()
        self.rows = read_rows()
        self.asked = 0

    # --- what every request leaves

    def row_of(self, method, path):
        for row in self.rows:
            pattern = "^" + re.sub(r"\\\{\\\}", "[^/]+", re.escape(row[1])) + "/?$"
            if row[0] == method and re.match(pattern, path):
                # "create" is no id where a row of that name stands before
                return row[:2]
        return None

    def ask(self, method, path, body=None, **params):
        answer = super().ask(method, path, body, **params)
        row = self.row_of(method, "/ari" + path)
        if row:
            (self.good if answer.status < 300 else self.bad).add(row)
        self.asked += 1
        if answer.status >= 300:
            shapes.check(answer.json, {"message": str})
        want(answer.headers.get("content-type", "application/json") == "application/json", answer.headers)
        return answer

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- calls

    def pair(self, exten="2001", **more):
        """An originated call and the channel at which it arrives"""
        a = self.expect(200, "POST", "/channels", endpoint=f"Local/{exten}", app="test", **more)
        shapes.check(a, shapes.CHANNEL)
        number = a["leg"].rsplit(";", 1)[0]
        b = until(lambda: next((c for c in self.channels() if c["leg"] == f"{number};2" and
                                int(c["id"].rsplit(".", 1)[-1]) > int(a["name"].rsplit("-", 1)[1], 16)), None),
                  "the other half")
        return a["id"], b["id"]

    def up(self, *ids):
        for sid in ids:
            until(lambda: self.expect(200, "GET", f"/channels/{sid}")["state"] == "Up", f"{sid} up")

    def two(self):
        a, b = self.pair()
        self.up(a, b)
        return a, b

    def channels(self):
        return self.expect(200, "GET", "/channels")

    def end(self, *ids):
        for sid in ids:
            self.ask("DELETE", f"/channels/{sid}")
        until(lambda: not {c["id"] for c in self.channels()} & set(ids), "calls end")

    def all_gone(self):
        for c in self.channels():
            self.ask("DELETE", f"/channels/{c['id']}")
        for b in self.expect(200, "GET", "/bridges"):
            self.ask("DELETE", f"/bridges/{b['id']}")
        until(lambda: not self.channels() and not self.expect(200, "GET", "/bridges"), "nothing is left")


def every_row(t):
    """What holds for each row, whatever it does"""
    paths = {}
    for method, path, _ in t.rows:
        paths.setdefault(path, set()).add(method)
    for method, path, params in t.rows:
        def case():
            where = path[4:].replace("{}", "nobody", 1)
            # an unknown parameter, in the query and in the body, is refused before anything is looked up
            t.expect(400, method, where, nonsense="1")
            t.expect(400, method, where + "/", nonsense="1")  # a slash at the end is no other path
            if params:  # a part of a known name is none
                t.expect(400, method, where, **{params[0][:-1]: "1"})
                t.expect(400, method, where, **{params[0] + " ": "1"})
            if method == "POST":
                t.expect(400, method, where, {"nonsense": 1})
                for body in ("{", "[]", "7", '{"a":1,"a":2}', '{"app":[]}', '{"app":null}', "\xff\xfe", '{"a":1}x'):
                    t.expect(400, method, where, body.encode("latin1"))
                if "variables" not in params:
                    t.expect(400, method, where, {"variables": {"a": "b"}})
                t.expect(400, method, where, {params[0] if params else "app": 1.5})
            t.expect(404, method, where + "/more/still")
            for other in ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"):
                meant = {m for p, ms in paths.items() for m in ms
                         if re.match("^" + re.sub(r"\\\{\\\}", "[^/]+", re.escape(p)) + "$", "/ari" + where)}
                if other not in meant:
                    t.expect(405, other, where)
            long = path[4:].replace("{}", "x" * 80, 1)
            if "{}" in path:
                t.expect(404, method, long)
        t.tap.case(f"{method} {path}: unknown parameter, bad body, wrong method, unknown path", case)


def unknown_ids(t):
    needed = {"dtmf": {"dtmf": "1"}, "continue": {"extension": "2001"}, "play": {"media": "sound:x"},
              "record": {"name": "x"}, "variable": {"variable": "x"}, "move": {"source": "nobody"},
              "addChannel": {"channel": "nobody"}, "removeChannel": {"channel": "nobody"}, "path": {"mode": "user"}}
    for method, path, _ in t.rows:
        if "{}" not in path or (method, path) in (("POST", "/ari/channels/{}"), ("POST", "/ari/bridges/{}")):
            continue  # those two make it
        for sid in ("nobody", "n" * 79, "%C3%A4", "a%20b", "%25n%25s", "0", "..%2e"):
            def case():
                body = t.expect(404, method, path[4:].replace("{}", sid), **needed.get(path.rsplit("/", 1)[1], {}))
                want("\0" not in body["message"], body)
            t.tap.case(f"{method} {path}: no such thing as {sid[:12]}", case)


def listing(t):
    shapes.check(t.expect(200, "GET", "/asterisk/ping"), shapes.PING)
    shapes.check(t.expect(200, "GET", "/asterisk/info"), shapes.INFO)
    shapes.check(t.expect(200, "GET", "/asterisk/info", only="status"), shapes.INFO)
    want(t.expect(200, "GET", "/groups") == [], "a group without any configured")
    want(t.channels() == [] and t.expect(200, "GET", "/bridges") == [], "something before the first request")
    a, b = t.two()
    for c in t.channels():
        shapes.check(c, shapes.CHANNEL)
        want(t.expect(200, "GET", f"/channels/{c['id']}")["id"] == c["id"])
    t.end(a, b)
    t.expect(404, "GET", f"/channels/{a}")


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
    for caller, name, number in (("4930", "", "4930"), ('"A B" <4930>', "A B", "4930"), ("<7>", "", "7"),
                                 ("+4930", "", "4930"), ("", "", "")):
        a, b = t.pair(callerId=caller, channelId="mine")
        want(a == "mine", a)
        got = t.expect(200, "GET", f"/channels/{b}")["caller"]
        want(got == {"name": name, "number": number}, caller, got)
        t.expect(409, "POST", "/channels", endpoint="Local/2", app="x", channelId="mine")
        t.expect(409, "POST", "/channels/mine", endpoint="Local/2", app="x")
        t.end(a, b)
    t.expect(200, "POST", "/channels/" + "i" * 39, endpoint="Local/2", app="a" * 31, timeout=0)
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
        ended = {}
        while len(ended) < 2:
            event = lines.until(lambda e: e["type"] == "ChannelDestroyed")[-1]
            ended[event["channel"]["id"]] = event["cause"]
        want(ended == {a: cause, b: cause}, params, ended)
    a, b = t.two()
    for params in ({"reason_code": 0}, {"reason_code": 128}, {"reason_code": "x"}, {"reason": "nonsense"},
                   {"reason": ""}):
        t.expect(400, "DELETE", f"/channels/{a}", **params)
    want(len(t.channels()) == 2, "a refused request hung up")
    lines.close()
    t.end(a, b)


def talking(t):
    os.makedirs(f"{t.dir}/sounds/sub", exist_ok=True)
    os.makedirs(f"{t.dir}/recordings", exist_ok=True)
    for name in ("x.alaw", "sub/y.alaw"):
        with open(f"{t.dir}/sounds/{name}", "wb") as f:
            f.write(bytes(8000))
    with open(f"{t.dir}/secret.alaw", "wb") as f:
        f.write(bytes(80))
    a, b = t.two()
    play = t.expect(201, "POST", f"/channels/{a}/play", media="sound:x", playbackId="p1")
    shapes.check(play, shapes.PLAYBACK)
    want(play["target_uri"] == f"channel:{a}" and play["id"] == "p1", play)
    shapes.check(t.expect(201, "POST", f"/channels/{a}/play", {"media": "sound:sub/y"}), shapes.PLAYBACK)
    t.expect(409, "POST", f"/channels/{a}/play", media="sound:x", playbackId="p1")
    t.expect(204, "DELETE", "/playbacks/p1")
    for media in ("sound:none", "sound:../secret", "sound:sub/../../secret", "sound:/etc/passwd", "tone:ring",
                  "sound:", "x", "sound:" + "x" * 3000, "sound:sub", f"sound:{t.dir}/secret"):
        answer = t.ask("POST", f"/channels/{a}/play", media=media)
        want(answer.status in (400, 404), media, answer)
    for params in ({}, {"media": "sound:x", "playbackId": ""}, {"media": "sound:x", "playbackId": "p" * 40}):
        t.expect(400, "POST", f"/channels/{a}/play", **params)
    for i, more in enumerate(({}, {"format": "alaw"}, {"format": "ulaw", "direction": "in"}, {"direction": "out"})):
        made = t.expect(201, "POST", f"/channels/{a}/record", name=f"r{i}", **more)
        shapes.check(made, shapes.RECORDING)
    t.expect(409, "POST", f"/channels/{a}/record", name="r0")
    t.expect(204, "POST", "/recordings/live/r0/stop")
    for params in ({}, {"name": ""}, {"name": "../x"}, {"name": "a/b"}, {"name": "n" * 40},
                   {"name": "x", "direction": "both"}):
        t.expect(400, "POST", f"/channels/{a}/record", **params)
    t.expect(422, "POST", f"/channels/{a}/record", name="x", format="mp3")
    for name in (".hidden", ".."):
        want(t.ask("POST", f"/channels/{a}/record", name=name).status in (400, 404, 412), name)
    t.end(a, b)
    until(lambda: t.ask("POST", "/recordings/live/r1/stop").status == 404, "recordings end with their channel")
    t.expect(404, "DELETE", "/playbacks/p1")
    want(sorted(os.listdir(t.dir))[:1] and not [f for f in os.listdir(f"{t.dir}/recordings") if f[0] == "."], "left")


def bridging(t):
    for params, status in (({}, 200), ({"bridgeId": "b" * 39, "name": "n" * 63}, 200), ({"type": "mixing"}, 200),
                           ({"bridgeId": "b" * 40}, 400), ({"bridgeId": ""}, 400), ({"name": "n" * 64}, 400),
                           ({"type": "holding"}, 400), ({"bridgeId": "b" * 39}, 409)):
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
    t.expect(409, "POST", f"/bridges/{other}/addChannel", channel=c)  # full
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


def bodies(t):
    """Content-Length of nothing, too much, none, chunks; a request is carried out once"""
    ping = "/ari/asterisk/ping"

    def ended(c):
        want(c.closed(), "the connection stays open, or more than one answer came")

    a, b = t.two()
    lines = Lines(t.path)
    for number in range(20):
        with Connection(t.path) as c:  # with a length of 0: once
            c.send(request("POST", f"/ari/channels/{a}/dtmf?dtmf=1", ""))
            answer = c.answer()
            want(answer.status == 204 and answer.headers.get("connection") == "close", answer.headers)
            ended(c)
    for number in range(20):
        event = lines.until(lambda e: e["type"] == "ChannelDtmfReceived")[-1]
        want(event["digit"] == "1")
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="9")
    want(lines.until(lambda e: e["type"] == "ChannelDtmfReceived")[-1]["digit"] == "9", "a digit was sent twice")
    lines.close()
    with Connection(t.path) as c:  # originated once
        c.send(request("POST", "/ari/channels?endpoint=Local/2007&app=x", ""))
        want(c.answer().status == 200)
    want(len([x for x in t.channels() if x["leg"] == "2007;1"]) == 1, "originated twice")
    t.all_gone()

    with Connection(t.path) as c:  # without any length: answered, then closed, and said so
        c.send(request("POST", "/ari/bridges"))
        answer = c.answer()
        want(answer.status == 200 and answer.headers.get("connection", "").lower() == "close", answer.headers)
        ended(c)
    want(len(t.expect(200, "GET", "/bridges")) == 1, "made twice")
    t.all_gone()
    for size in (65536, 65535):  # the longest that is read; then one that is refused unread
        with Connection(t.path) as c:
            body = json.dumps({"name": "n"})
            c.send(request("POST", "/ari/bridges", body + " " * (size - len(body))))
            want(c.answer().status == 200, size)
    t.all_gone()
    for size in (65537, 1 << 20, 1 << 40):
        with Connection(t.path) as c:
            c.send(f"POST /ari/bridges HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n")
            answer = c.answer()
            want(answer.status == 413 and answer.message(), answer)
            ended(c)
    for value in ("-1", "x", "1x", "99999999999999999999999", "5, 6"):
        with Connection(t.path) as c:
            c.send(f"POST /ari/bridges HTTP/1.1\r\nHost: x\r\nContent-Length: {value}\r\n\r\n")
            answer = c.answer()
            want(answer.status in (400, 413), value, answer)
            ended(c)
    with Connection(t.path) as c:
        c.send("POST /ari/bridges HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        want(c.answer().status == 411)
        ended(c)
    for method in ("GET", "DELETE", "PUT"):  # a body that is not asked for
        with Connection(t.path) as c:
            c.send(request(method, ping, '{"x":1}'))
            want(c.answer().status == (200 if method == "GET" else 405), method)
            ended(c)
    want(t.expect(200, "GET", "/bridges") == [], "a refused request made a bridge")


def slow(t):
    """A body that comes octet by octet; clients that say half of it, or do not read, delay nobody"""
    body = json.dumps({"name": "slow"})
    head = request("POST", "/ari/bridges", body)
    with Connection(t.path) as c:
        for octet in head:
            c.send(bytes([octet]))
            time.sleep(0.001)
        want(c.answer().status == 200)
    t.all_gone()
    halves = []
    for at in (1, 4, 30, len(head) - 3):
        c = Connection(t.path)
        c.send(head[:at])
        halves.append(c)
    begin = time.monotonic()
    t.expect(200, "GET", "/asterisk/ping")
    want(time.monotonic() - begin < 1, "others wait for half a request")
    for c in halves[2:]:
        c.close()
    want(t.expect(200, "GET", "/bridges") == [], "half a request was carried out")
    # An answer that does not fit into the socket, and nobody reads it; at last somebody does
    for n in range(1500):
        t.expect(200, "POST", "/bridges", name=f"a bridge with a long name, so that the list is long {n}")
    with Connection(t.path) as c:
        c.send(request("GET", "/ari/bridges"))
        time.sleep(0.2)
        begin = time.monotonic()
        t.expect(200, "GET", "/asterisk/ping")
        want(time.monotonic() - begin < 1, "others wait for a slow reader")
        answer = c.answer()
        want(len(answer.text) > 300000 and len(answer.json) == 1500, len(answer.text))
        c.send(request("GET", "/ari/asterisk/ping"))
        want(c.answer().status == 200, "after a long answer")
    with Connection(t.path) as c:  # gone before the answer
        c.send(request("GET", "/ari/bridges"))
    t.all_gone()
    for c in halves:
        c.close()


def kept(t):
    """Requests one after the other, and several at once, on one connection"""
    with Connection(t.path) as c:
        for _ in range(200):
            c.send(request("GET", "/ari/asterisk/ping"))
            want(c.answer().json["ping"] == "pong")
        for _ in range(50):
            made = t.expect(200, "POST", "/bridges", {"name": "kept"})
            c.send(request("DELETE", f"/ari/bridges/{made['id']}"))
            want(c.answer().status == 204)
            c.send(request("GET", f"/ari/bridges/{made['id']}"))
            want(c.answer().status == 404)
    with Connection(t.path) as c:
        c.send(request("GET", "/ari/asterisk/ping") * 40)
        for _ in range(40):
            want(c.answer().json["ping"] == "pong")
    for length in ("{}", ""):  # after a POST the connection ends: what was sent behind it is not carried out
        with Connection(t.path) as c:
            c.send(request("POST", "/ari/bridges", length) * 3)
            want(c.answer().json["bridge_type"] == "mixing")
            want(c.closed())
        want(len(t.expect(200, "GET", "/bridges")) == 1, "more than the first was carried out")
        t.all_gone()
        a, b = t.two()
    # Those that end later, in a task: answered in order, or disconnected without an answer; no other client
    # notices, which the library makes hard
    for n in (1, 2, 3, 5, 40):
        with Connection(t.path, 5) as c:
            c.send((request("POST", f"/ari/channels/{a}/variable", json.dumps({"variable": "v", "value": "1"})) +
                    request("GET", f"/ari/channels/{a}/variable?variable=v") +
                    request("GET", "/ari/asterisk/ping")) * n)
            try:
                for _ in range(n):
                    want(c.answer().status == 204)
                    want(c.answer().json == {"value": "1"})
                    want(c.answer().json["ping"] == "pong")
            except (EOFError, ConnectionResetError):
                pass
        t.expect(200, "GET", "/asterisk/ping")
    with Connection(t.path) as c:  # an explicit end
        c.send("GET /ari/asterisk/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        want(c.answer().status == 200)
        want(c.closed(), "asked to close")
    t.end(a, b)


def malformed(t):
    for text in ("\r\n\r\n", "GET\r\n\r\n", "NONSENSE / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0",
                 "GET " + "/x" * 3000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/asterisk/ping HTTP/1.1\r\n" + "X: " + "y" * 70000 + "\r\n\r\n",
                 "GET /ari/%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ari/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?" + "a=b&" * 100 + " HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?=b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ari/channels?x HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?a=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?" + "n" * 70 + "=b HTTP/1.1\r\nHost: x\r\n\r\n",
                 "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
        with Connection(t.path, 5) as c:
            try:
                c.send(text.encode("latin1"))
                c.sock.shutdown(socket.SHUT_WR)
                data = c.sock.recv(65536)
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            want(not data or int(data.split()[1]) >= 400, text[:60], data[:100])
        t.expect(200, "GET", "/asterisk/ping")


def events(t):
    """The same events, in one order, as lines and by WebSocket; numbered without a gap"""
    lines, ws, second = Lines(t.path), WebSocket(t.path), WebSocket(t.path, "/ari/events")
    want(lines.headers["content-type"] == "application/x-ndjson", lines.headers)
    want(ws.status == 101 and second.status == 101, ws.status)
    a, b = t.two()
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="5")
    t.expect(204, "POST", f"/channels/{a}/hold")
    t.expect(204, "DELETE", f"/channels/{a}/hold")
    t.expect(204, "POST", f"/channels/{a}/variable", variable="x", value="y")
    c, d = t.two()
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=f"{a},{c}")
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=a)
    t.expect(200, "POST", f"/channels/{a}/move", source=c)
    t.end(a, d)
    t.expect(204, "DELETE", f"/bridges/{br}")
    streams = []
    for stream in (lines, ws, second):
        streams.append(stream.until(lambda e: e["type"] == "BridgeDestroyed"))
    want(streams[0] == streams[1] == streams[2], "streams differ")
    numbers = [e["seq"] for e in streams[0]]
    want(numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers)
    for event in streams[0]:
        shapes.check_event(event)
    kinds = {e["type"] for e in streams[0]}
    wanted = {"ChannelCreated", "ChannelStateChange", "Dial", "ChannelDtmfReceived", "ChannelHold", "ChannelUnhold",
              "ChannelVarset", "ChannelMoved", "ChannelHangupRequest", "ChannelDestroyed", "BridgeCreated",
              "ChannelEnteredBridge", "ChannelLeftBridge", "BridgeDestroyed"}
    want(kinds >= wanted, "never seen:", wanted - kinds)
    for sid in (a, b, c, d):  # the first is its creation, the last its end
        own = [e["type"] for e in streams[0] if e.get("channel", e.get("peer", {})).get("id") == sid]
        want(own[0] == "ChannelCreated" and own[-1] == "ChannelDestroyed" and
             own.count("ChannelDestroyed") == 1, own)
    ws.send(9, b"are you there")
    want(ws.message() == (10, b"are you there"), "ping")
    ws.send(1, b"what a client says is not read")
    t.end(*t.two())
    for _ in range(2):
        ws.until(lambda e: e["type"] == "ChannelDestroyed")
    ws.send(8, b"\x03\xe8")
    want(ws.message()[0] == 8, "close")
    want(ws.c.closed())
    second.close()  # without a word
    lines.close()
    for where in ("/ari/channels", "/", "/ari/eventsx"):
        try:
            want(WebSocket(t.path, where).status >= 400, where)
        except EOFError:
            pass
    t.expect(200, "GET", "/asterisk/ping")
    t.all_gone()


def lazy(t):
    """Who never reads is disconnected, and the others lose nothing"""
    lazy_ones = [WebSocket(t.path), Lines(t.path)]
    reader = WebSocket(t.path)
    got, gone = [], threading.Event()

    def read():
        try:
            while True:
                got.append(reader.next())
        except (OSError, EOFError):
            gone.set()
    threading.Thread(target=read, daemon=True).start()
    a, b = t.two()
    sent = 0
    for n in range(5000):
        t.expect(204, "POST", f"/channels/{a}/variable", {"variable": "n", "value": str(n)})
        sent += 1
    until(lambda: sum(e["type"] == "ChannelVarset" for e in got) == sent, "the reader gets all", 60)
    numbers = [e["seq"] for e in got]
    want(numbers == list(range(numbers[0], numbers[0] + len(numbers))), "a gap")
    for one in lazy_ones:
        seen = 0
        try:
            while seen <= sent:
                if isinstance(one, WebSocket):
                    opcode, payload = one.message()
                    if opcode == 8:
                        want(payload[:2] == b"\x03\xf0" and payload[2:], payload)  # 1008: policy; with a reason
                        break
                else:
                    one.next()
                seen += 1
        except (EOFError, ConnectionResetError):
            pass
        want(seen < sent, "a lazy reader was never disconnected")
        one.close()
    reader.close()
    t.end(a, b)


def many(t):
    """300 connections: those beyond the limit wait or are closed; nothing else happens to anybody"""
    held = []
    for _ in range(300):
        try:
            held.append(Connection(t.path, 5))
        except (ConnectionRefusedError, BlockingIOError, socket.timeout):
            break
    want(len(held) > 200, len(held))
    served = 0
    for c in held[:200]:
        c.send(request("GET", "/ari/asterisk/ping"))
    for c in held[:200]:
        served += c.answer().status == 200
    want(served == 200, served)
    for c in held:
        c.close()

    def answers():
        try:
            return t.ask("GET", "/asterisk/ping").status == 200
        except (OSError, EOFError):
            return False
    until(answers, "served again after the others went")
    streams, refused = [], 0
    for _ in range(80):  # more event streams than there may be: the rest hear a number and a sentence
        c = Connection(t.path, 5)
        c.send(request("GET", "/ari/events"))
        status, headers = c.head()
        if status != 200:
            want(status == 503 and int(headers.get("content-length", 0)) > 8, status, headers)
            refused += 1
        streams.append(c)
    want(refused == 16, refused)
    for c in streams:
        c.close()

    def streams_again():
        with Connection(t.path, 5) as one:
            one.send(request("GET", "/ari/events"))
            return one.head()[0] == 200
    until(streams_again, "streams again")
    before = t.cpu()
    time.sleep(0.5)
    want(t.cpu() - before < 0.25, "tdmd is busy though nobody asks")


def storm(t):
    """Requests of all kinds from many threads, while connections break off"""
    stop, failures = time.monotonic() + 4, []

    def run(number):
        try:
            n = 0
            while time.monotonic() < stop:
                n += 1
                sid = f"s{number}-{n}"
                with Connection(t.path) as c:
                    c.send(request("POST", f"/ari/channels/{sid}", json.dumps(
                        {"endpoint": "Local/2001", "app": "x"})))
                    if n % 3:
                        want(c.answer().status == 200, sid)
                with Connection(t.path) as c:
                    c.send(request("POST", f"/ari/channels/{sid}/hold", ""))
                    if n % 2:
                        c.answer()
                with Connection(t.path) as c:
                    c.send(request("DELETE", f"/ari/channels/{sid}"))
                    if n % 5:
                        want(c.answer().status in (204, 404), sid)
        except Exception as error:  # of any thread
            failures.append(f"{type(error).__name__}: {error}")
    threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want(not failures, failures[:3])
    t.all_gone()


def covered(t):
    for method, path, _ in t.rows:
        t.tap.ok((method, path) in t.good, f"{method} {path} was asked with success")
        t.tap.ok((method, path) in t.bad, f"{method} {path} was refused")


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    tap, only = Tap(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/tdmd.conf", "w") as f:
            f.write(CONF.format(dir=folder))
        log = open(f"{folder}/log", "w+")
        daemon = subprocess.Popen([sys.argv[1], "-c", f"{folder}/tdmd.conf"], stderr=log, stdout=log)
        t = Test(tap, folder)
        t.pid = daemon.pid
        try:
            tap.case("tdmd starts without lines", lambda: until(lambda: os.path.exists(t.path), "its socket"))
            tap.ok(len(t.rows) > 25, f"{len(t.rows)} rows in the tables of daemon/api")
            if not only:
                every_row(t)
                unknown_ids(t)
            for what, action in (
                    ("lists and single objects", listing), ("originate", originating), ("create, dial, ring, answer, continue", creating),
                    ("hold, DTMF, variables", operating), ("hang-up with each reason", hanging_up),
                    ("play and record", talking), ("bridges", bridging), ("move", moving),
                    ("bodies: empty, long, without a length, chunked", bodies), ("slow clients", slow),
                    ("requests kept on a connection, and at once", kept), ("what is no HTTP", malformed),
                    ("events as lines and by WebSocket", events), ("readers that do not read", lazy),
                    ("300 connections, 80 streams", many), ("a storm of requests", storm)):
                if only and not any(word in what for word in only):
                    continue
                if not tap.case(what, action, t):
                    tap.case(f"after {what}: nothing is left", t.all_gone)
                if daemon.poll() is not None:
                    break
            if not only:
                covered(t)
        finally:
            if daemon.poll() is None:
                daemon.terminate()
            try:
                status = daemon.wait(30)
            except subprocess.TimeoutExpired:
                daemon.kill()
                status = "no end"
            log.seek(0)
            text = log.read()
            tap.ok(status == 0, "tdmd ends cleanly", f"status {status}")
            found = [line for line in text.splitlines() if "runtime error" in line or "Sanitizer" in line]
            tap.ok(not found, "no sanitizer spoke", "\n".join(found))
            if tap.bad:
                print("".join(f"# tdmd: {line}\n" for line in text.splitlines()[-60:]), end="")
            print(f"# {t.asked} requests")
    sys.exit(tap.finish())


main()
