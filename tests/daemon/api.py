#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control API of a tdmd without lines: calls are local pairs. TAP. Needs no root and no kernel module.

Every row of the tables in daemon/api must be asked well and badly here: the rows are read from the source, so
that one that is added without a test fails. usage: api.py TDMD [WORD...]: just what has one
of the words in its name. The tdmctl beside TDMD is used.
"""
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import api_apps as apps
import api_calls as calls
import api_conference as conference
import api_control as control
import api_snoop as snoop
import api_ctl as ctl
import api_docs as docs
import api_http as http
import api_media as media
import api_metrics as metrics
import api_outside as outside
import api_top as top
import api_transfers as transfers
import shapes
from client import Api, Listener, Tap, full, until, want

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONF = """[daemon]
log = info
[api]
socket = {dir}/sock
[media]
sounds = {dir}/sounds
recordings = {dir}/recordings
[music default]
folder = {dir}/sounds
[music jazz]
folder = {dir}/none
[route 1*]
action = refuse
cause = 17
[route 2*]
action = answer
[route 3*]
action = app
app = test
[route 39*]
action = app
app = absent
cause = 41
"""
# What only a tdmd with lines can do: tests/selftests/pri/service.py asks for these with success, in the guest.
WITH_LINES = {("GET", "/ari/groups/{}"), ("POST", "/ari/groups/{}/service"), ("GET", "/ari/spans/{}")}


def read_rows(*more):
    rows, text = [], ""
    for name in ("channels", "bridges", "transfers", "misc", "apps", "metrics", "asterisk", "devices", "endpoints",
                 "spans", "playbacks", "recordings", "sources", "control", "music", "snoop", *more):
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
        self.docs = None

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
        row = self.row_of(method, full(path))
        if row:
            (self.good if answer.status < 300 else self.bad).add(row)
        self.asked += 1
        if answer.status >= 300:
            shapes.check(answer.json, {"message": str})
        elif self.docs:
            self.docs.answer(row, answer.json)
        kind = "text/plain" if path == "/metrics" and answer.status == 200 else "application/json"
        want(answer.headers.get("content-type", kind).split(";")[0] == kind, answer.headers)
        return answer

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- calls

    def pair(self, exten="2001", app="test", **more):
        """An originated call and the channel at which it arrives"""
        a = self.expect(200, "POST", "/channels", endpoint=f"Local/{exten}", app=app, **more)
        shapes.check(a, shapes.CHANNEL)
        number = a["leg"].rsplit(";", 1)[0]
        b = until(lambda: next((c for c in self.channels() if c["leg"] == f"{number};2" and
                                int(c["id"].rsplit(".", 1)[-1]) > int(a["name"].rsplit("-", 1)[1], 16)), None),
                  "the other half")
        return a["id"], b["id"]

    def up(self, *ids):
        """They are up, and what follows from that was done"""
        for sid in ids:
            until(lambda: self.expect(200, "GET", f"/channels/{sid}")["state"] == "Up", f"{sid} up")
            # It is shown before it is told. What is asked of the channel comes after both.
            self.expect(404, "GET", f"/channels/{sid}/variable", variable="none")

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
        self.over()

    def over(self):
        """All calls and bridges have ended and were told of, also far ends and what was played to them"""
        until(lambda: not self.channels() and not self.expect(200, "GET", "/bridges") and
              not self.expect(200, "GET", "/asterisk/info")["core"]["serializers"], "nothing is left")


def alone(action, t):
    """What a case has caused is over before the next one begins"""
    action(t)
    t.over()


def every_row(t):
    """What holds for each row, whatever it does"""
    paths = {}
    for method, path, _ in t.rows:
        paths.setdefault(path, set()).add(method)
    for method, path, params in t.rows:
        def case():
            where = path.removeprefix("/ari").replace("{}", "nobody", 1)
            # an unknown parameter, in the query and in the body, is refused before anything is looked up
            t.expect(400, method, where, nonsense="1")
            t.expect(400, method, where + "/", nonsense="1")  # a slash at the end is no other path
            if params:  # a part of a known name is none
                t.expect(400, method, where, **{params[0][:-1]: "1"})
                t.expect(400, method, where, **{params[0] + " ": "1"})
            if method in ("POST", "PUT"):
                t.expect(400, method, where, {"nonsense": 1})
                for body in ("{", "[]", "7", '{"a":1,"a":2}', '{"app":[]}', '{"app":null}', "\xff\xfe", '{"a":1}x'):
                    t.expect(400, method, where, body.encode("latin1"))
                if "variables" not in params:
                    t.expect(400, method, where, {"variables": {"a": "b"}})
                t.expect(400, method, where, {params[0] if params else "app": 1.5})
            t.expect(404, method, where + "/more/still")
            for other in ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"):
                meant = {m for p, ms in paths.items() for m in ms
                         if re.match("^" + re.sub(r"\\\{\\\}", "[^/]+", re.escape(p)) + "$", full(where))}
                if other not in meant:
                    t.expect(405, other, where)
            long = path[4:].replace("{}", "x" * 80, 1)
            if "{}" in path:
                t.expect(404, method, long)
        t.tap.case(f"{method} {path}: unknown parameter, bad body, wrong method, unknown path", case)


def unknown_ids(t):
    needed = {"dtmf": {"dtmf": "1"}, "continue": {"extension": "2001"}, "play": {"media": "sound:x"},
              "record": {"name": "x"}, "control": {"operation": "pause"}, "redirect": {"endpoint": "Local/2001"},
              "copy": {"destinationRecordingName": "x"}, "variable": {"variable": "x"}, "move": {"source": "nobody"},
              "transfer": {"extension": "2001"}, "pickup": {"channel": "nobody"}, "swap": {"channel": "nobody"},
              "ringGroup": {"endpoints": "Local/2001"}, "retrieve": {"channel": "nobody"},
              "addChannel": {"channel": "nobody"}, "removeChannel": {"channel": "nobody"}, "path": {"mode": "user"},
              "service": {"slots": "te0:1:1", "state": "out"}, "snoop": {"spy": "in", "app": "nobody"}}
    needed["/ari/bridges/{}/members/{}"] = {"mute": "true"}
    needed["/ari/events/user/{}"] = {"application": "nobody"}
    makes = {("POST", "/ari/channels/{}"), ("POST", "/ari/bridges/{}"), ("PUT", "/ari/deviceStates/{}")}
    for method, path, _ in t.rows:
        if "{}" not in path or (method, path) in makes:
            continue
        for sid in ("nobody", "n" * 79, "%C3%A4", "a%20b", "%25n%25s", "0", "..%2e"):
            def case():
                params = needed.get(path, needed.get(path.removesuffix("/{}").rsplit("/", 1)[1], {}))
                where = path[4:].replace("{}", sid, 1).replace("{}", "x")
                body = t.expect(404, method, where, **params)
                want("\0" not in body["message"], body)
            t.tap.case(f"{method} {path}: no such thing as {sid[:12]}", case)
    for sid in ("%ff", "a%c3", "%ed%a0%80"):  # not UTF-8: it could be in no answer
        t.tap.case(f"an id of {sid}", t.expect, 400, "POST", f"/channels/{sid}", {"endpoint": "Local/2", "app": "x"})
        t.tap.case(f"a bridge's id of {sid}", t.expect, 400, "POST", f"/bridges/{sid}")


def service(t):
    """What is wrong with a request is said before its group is looked for"""
    for params in ({}, {"slots": "te0:1:1"}, {"state": "out"}, {"slots": "te0:1:1", "state": "off"},
                   {"slots": "te0:1:1", "state": ""}, {"slots": "te0", "state": "in"}, {"slots": "", "state": "in"},
                   {"slots": "te0:1:1,", "state": "in"}, {"slots": "te0:1:32", "state": "in"},
                   {"slots": "te0:0:1", "state": "in"}):
        t.expect(400, "POST", "/groups/nobody/service", **params)
        t.expect(400, "POST", "/groups/nobody/service", params)
    t.expect(404, "POST", "/groups/nobody/service", {"slots": "te0:1:1-15,17", "state": "out"})
    t.expect(404, "POST", "/groups/nobody/service", {"slots": "te0:1", "state": "in"})


def covered(t):
    for method, path, _ in t.rows:
        if (method, path) not in WITH_LINES:
            t.tap.ok((method, path) in t.good, f"{method} {path} was asked with success")
        t.tap.ok((method, path) in t.bad, f"{method} {path} was refused")


def described(t):
    shapes.docs = t.docs = docs.Docs(t.path)
    # Call records have a daemon, and tests, of their own: program.py.
    docs.describing(t, read_rows("records"))


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    tap, only = Tap(), sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/tdmd.conf", "w") as f:
            f.write(CONF.format(dir=folder))
        log = open(f"{folder}/log", "w+")
        daemon = subprocess.Popen([sys.argv[1], "-c", f"{folder}/tdmd.conf"], stderr=log, stdout=log)
        t = Test(tap, folder)
        t.pid, t.log = daemon.pid, log.name
        t.tdmctl = os.path.join(os.path.dirname(sys.argv[1]), "tdmctl")
        try:
            tap.case("tdmd starts without lines", lambda: until(lambda: os.path.exists(t.path), "its socket"))
            tap.case("api-docs", described, t)
            tap.ok(len(t.rows) > 25, f"{len(t.rows)} rows in the tables of daemon/api")
            if not only:
                every_row(t)
                unknown_ids(t)
            for what, action in (
                    ("lists and single objects", calls.listing), ("what the core counts", calls.counting),
                    ("originate", calls.originating),
                    ("create, dial, ring, answer, continue", calls.creating),
                    ("hold, DTMF, variables", calls.operating), ("hang-up with each reason", calls.hanging_up),
                    ("play", media.playing), ("control of what is played", media.controlling),
                    ("what cannot be played", media.no_media), ("record", media.recording), ("control of a recording", media.live),
                    ("plays to bridges and recordings of them", media.bridges),
                    ("music on hold", media.music), ("recordings that are stored", media.stored),
                    ("bridges", calls.bridging), ("move", calls.moving),
                    ("mute and silence", control.muting), ("digits that come later", control.digits),
                    ("to another application", control.another), ("redirect", control.redirecting),
                    ("snooping", snoop.snooping), ("snooping: the end", snoop.ending), ("snooping: refused", snoop.refused),
                    ("conferences: types", conference.types), ("conferences: entering", conference.entering),
                    ("conferences: leaving", conference.leaving), ("conferences: the end", conference.destroying),
                    ("conferences: voices", conference.voices),
                    ("conferences: voices that are shown", conference.shown), ("conferences: full", conference.full),
                    ("conferences: a crowd", conference.crowd),
                    ("blind transfer", transfers.blind), ("attended transfer", transfers.attended),
                    ("pickup", transfers.pickup), ("swap", transfers.swap), ("ring group", transfers.ring_group),
                    ("parking", transfers.parking), ("tdmctl: transfers", ctl.transfers),
                    ("tdmctl: pickup, swap, ring group", ctl.others), ("tdmctl: parking", ctl.parking),
                    ("tdmctl: a channel", ctl.showing), ("tdmctl: bridges", ctl.bridges),
                    ("tdmctl: mute and voices", ctl.voices),
                    ("tdmctl: events", ctl.events), ("tdmctl: completion", ctl.completing),
                    ("tdmctl: top", top.screen), ("tdmctl: top, spans", top.spans),
                    ("bodies: empty, long, without a length, chunked", http.bodies), ("slow clients", http.slow),
                    ("requests kept on a connection, and at once", http.kept), ("what is no HTTP", http.malformed),
                    ("events as lines and by WebSocket", http.events), ("readers that do not read", http.lazy),
                    ("applications: start and end", apps.starting), ("applications: subscriptions", apps.subscribing),
                    ("applications: bridges of their channels", apps.members),
                    ("applications: names", apps.naming), ("applications: one that is not there", apps.absent),
                    ("the daemon itself", outside.about), ("global variables", outside.variables),
                    ("log level", outside.logging), ("endpoints", outside.endpoints), ("spans", outside.spans), ("levels", outside.levels),
                    ("device states", outside.devices), ("PUT", outside.putting), ("user events", outside.user_events),
                    ("metrics: the page", metrics.grammar), ("metrics: calls", metrics.counting),
                    ("metrics: clients", metrics.clients), ("metrics: a slow reader", metrics.dropping),
                    ("300 connections, 272 streams", http.many), ("a storm of requests", http.storm),
                    ("queries", http.queries),
                    ("service of timeslots", service)):
                if only and not any(word in what for word in only):
                    continue
                # Those that are about applications have streams of their own.
                own = action in (apps.naming, apps.absent, metrics.clients, http.many)
                there = None if own else Listener(t.path, f"test,x,{'a' * 31}")
                if not tap.case(what, alone, action, t):
                    tap.case(f"after {what}: nothing is left", t.all_gone)
                if there:
                    there.end()
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
