#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Timeslots out of service, as the administrator of one end sees and sets them: by tdmctl group and by the control
API; at the far end by SERVICE messages; over SIGKILL and a new start. And what the API tells of lines: spans, endpoints,
metrics, alarms. Two tdmd on a T1 line, national. Runs in the guest; TAP."""
import json
import os
import subprocess
import sys
import tempfile

for folder in ("demo", "daemon"):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", folder))
import prometheus  # noqa: E402
import shapes  # noqa: E402
from ari import Daemon, Refused, until  # noqa: E402
from client import Connection, request  # noqa: E402
from guide import Document, curl, filled  # noqa: E402

CONF = """
[daemon]
state = {dir}/{name}
[api]
socket = {dir}/{name}.sock
[group {name}]
spans = {card}:{port}
side = {side}
switchtype = national
select = ascending
service-messages = yes
[route *]
action = answer
"""
count = bad = 0


def ok(good, sentence, *why):
    global count, bad
    count += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {count} - {sentence}", flush=True)
    if not good and why:
        print("# " + " ".join(str(w) for w in why).replace("\n", "\n# "), flush=True)


def tdmctl(*argv, status=0):
    """What it prints; of a refusal its sentence"""
    done = subprocess.run(["tdmctl", *argv], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != status:
        raise AssertionError(f"tdmctl {argv}: {done.returncode}: {done.stderr}")
    return json.loads(done.stdout) if "--json" in argv else done.stderr if status else done.stdout


class End:
    """A tdmd with one trunk group of its own name"""

    def __init__(self, test, name, port, side):
        self.name, self.dir, self.card, self.port = name, test.dir, test.card, port
        os.mkdir(f"{self.dir}/{name}")
        with open(f"{self.dir}/{name}.conf", "w") as f:
            f.write(CONF.format(dir=self.dir, name=name, card=self.card, port=port, side=side))
        self.api = Daemon(name, f"{self.dir}/{name}.sock")

    def start(self):
        with open(f"{self.dir}/{self.name}.log", "a") as log:
            self.process = subprocess.Popen(["tdmd", "-c", f"{self.dir}/{self.name}.conf"], stdout=log, stderr=log)
        until(lambda: os.path.exists(self.api.path), 30, "the socket")

    def kill(self):
        self.process.kill()
        self.process.wait()
        os.unlink(self.api.path)

    def ctl(self, verb, *argv, **how):
        return tdmctl("group", verb, *argv, "--socket", self.api.path, **how)

    def group(self):
        return self.api.get(f"/groups/{self.name}")

    def ready(self):
        return self.group()["ready"]

    def out(self, key="service"):
        """The slots that are out of service here, or at the far end"""
        return [s["slot"] for s in self.ctl("slots", self.name, "--json") if s[key] == "out"]

    def slot_of_call(self):
        """Where a call from here goes"""
        sid = self.api.post("/channels", endpoint=f"PRI/{self.name}/2001", app="test")["id"]
        until(lambda: self.api.get(f"/channels/{sid}")["state"] == "Up", 30, "the call up")
        leg = self.api.get(f"/channels/{sid}")["leg"]
        self.api.delete(f"/channels/{sid}")
        until(lambda: not self.api.get("/channels") and not self.group()["calls"], 30, "no call left")
        return int(leg.rsplit("s", 1)[1])


class Test:
    def __init__(self):
        self.dir = tempfile.mkdtemp()
        before = {c["card"] for c in tdmctl("card", "list", "--json")}
        tdmctl("virt", "add", "--ports", "2", "--type", "t1")
        self.card = ({c["card"] for c in tdmctl("card", "list", "--json")} - before).pop()
        tdmctl("virt", "join", f"{self.card}:1", f"{self.card}:2")
        tdmctl("span", "up", self.card)
        self.near, self.far = End(self, "near", 1, "user"), End(self, "far", 2, "network")

    def both_ready(self):
        until(lambda: self.near.ready() and self.far.ready(), 60, "both ends ready")

    def run(self):
        near, far, card = self.near, self.far, self.card
        near.start()
        far.start()
        self.both_ready()
        self.lists()
        self.outside()
        self.documented()
        near.ctl("service", "near", f"{card}:1:1-2,5", "out")
        ok(near.out() == [1, 2, 5], "tdmctl group service takes timeslots out", near.out())
        until(lambda: far.out("far_service") == [1, 2, 5], 20, "SERVICE at the far end")
        ok(far.out() == [], "the far end knows whose doing it is")
        ok(near.group()["slots_blocked"] == 3 and far.group()["slots_blocked"] == 3, "both count them as blocked")
        ok(near.slot_of_call() == 3, "a call from here avoids them")
        ok(far.slot_of_call() == 3, "and so does one from there")
        self.refusals()
        near.kill()
        until(lambda: far.group()["state"] == "down", 60, "the far end notices")
        near.start()
        self.both_ready()
        ok(near.out() == [1, 2, 5], "after SIGKILL and a new start they are still out", near.out())
        until(lambda: far.out("far_service") == [1, 2, 5], 20, "SERVICE at the far end, again")
        ok(far.slot_of_call() == 3, "the far end was told again")
        near.api.post("/groups/near/service", slots=f"{card}:1:2", state="in")
        until(lambda: far.out("far_service") == [1, 5], 20, "SERVICE at the far end")
        ok(near.out() == [1, 5] and far.slot_of_call() == 2, "the API puts one back")
        far.ctl("service", "far", f"{card}:2", "out")
        until(lambda: len(near.out("far_service")) == 23, 20, "all of the far end's")
        try:
            near.api.post("/channels", endpoint="PRI/near/2001", app="test")
            ok(False, "with all out of service a call is refused")
        except Refused as refused:
            ok("out of service" in str(refused), f"with all out of service a call is refused: {refused}")
        far.ctl("service", "far", f"{card}:2", "in")
        near.ctl("service", "near", f"{card}:1", "in")
        until(lambda: not near.out() + near.out("far_service") + far.out() + far.out("far_service"), 20, "all back")
        ok(near.slot_of_call() == 1, "all back in service")
        for end in (near, far):
            end.process.terminate()
            ok(end.process.wait(60) == 0, f"{end.name} ends cleanly")

    def lists(self):
        near, card = self.near, self.card
        one = near.ctl("list", "--json")
        ok(len(one) == 1 and one[0]["group"] == "near" and one[0]["slots"] == 23 and one[0]["active_dchannel"] == 1,
           "tdmctl group list", one)
        ok(near.ctl("show", "near", "--json") == one, "tdmctl group show is the same", one)
        ok("active_dchannel" in near.ctl("show", "near"), "... and for people")
        slots = near.ctl("slots", "near", "--json")
        ok([s["address"] for s in slots] == [f"{card}:1:{n}" for n in range(1, 24)] and all(
            s["state"] == "idle" and s["service"] == s["far_service"] == "in" and not s["alarm"] for s in slots),
           "tdmctl group slots: 23 B-channels, idle, in service", slots)
        ok(near.ctl("slots", "near").splitlines()[0].split()[:3] == ["ADDRESS", "INTERFACE", "STATE"], "... and for people")

    def metrics(self):
        with Connection(self.near.api.path) as c:
            c.send(request("GET", "/metrics"))
            page = prometheus.parse(c.answer().text)
        return lambda name, **labels: page["opentdm_" + name][2].get(tuple(sorted(labels.items())))

    def outside(self):
        near, card = self.near, self.card
        span = f"{card}:1"
        spans = near.api.get("/spans")
        for one in spans:
            shapes.check(one, shapes.SPAN)
        ok([one["id"] for one in spans if one["card"] == card] == [span, f"{card}:2"], "/spans lists both ports", spans)
        one = near.api.get(f"/spans/{span}")
        ok(one["group"] == "near" and one["maintenance"]["timeslots"] == "1-23" and one["state"] == "up" and
           not any(one["alarms"].values()) and one["counters"]["day"]["elapsed"] > 0, "/spans of one", one)
        listed = near.api.get("/endpoints/PRI")
        shapes.check(listed, [shapes.ENDPOINT])
        ok([e["resource"] for e in listed] == ["near"] + [f"near:{span}:{n}" for n in range(1, 24)] and
           {e["state"] for e in listed} == {"online"}, "/endpoints: the group and its timeslots", listed)
        sid = near.api.post("/channels", endpoint="PRI/near/2001", app="test")["id"]
        until(lambda: near.api.get(f"/channels/{sid}")["state"] == "Up", 30, "the call up")
        slot = int(near.api.get(f"/channels/{sid}")["leg"].rsplit("s", 1)[1])
        with_call = [e["resource"] for e in near.api.get("/endpoints") if e["channel_ids"] == [sid]]
        ok(with_call == ["near", f"near:{span}:{slot}"], "a call's channel stands at both", with_call)
        ok(near.api.get(f"/spans/{span}")["maintenance"]["busy"] == str(slot), "and its timeslot at the span")
        value = self.metrics()
        ok(value("group_calls", group="near") == value("span_calls", group="near", span=span) == 1 and
           value("group_timeslots", group="near", state="idle") == 22 and value("group_up", group="near") == 1 and
           value("span_alarm", span=span, alarm="los") == 0 and value("media_claims") == 1, "/metrics counts it")
        near.api.delete(f"/channels/{sid}")
        until(lambda: not near.api.get("/channels") and not near.group()["calls"], 30, "no call left")
        self.alarm(span)

    def alarm(self, span):
        near = self.near
        streams = self.metrics()("api_streams")
        near.api.listen()
        until(lambda: self.metrics()("api_streams") == streams + 1, 20, "its events are heard")

        def heard(kind, **members):
            return lambda e: e["type"] == kind and all(e[name] == value for name, value in members.items())

        def slot(state):
            return lambda e: e["type"] == "EndpointStateChange" and e["endpoint"]["state"] == state and \
                e["endpoint"]["resource"] == f"near:{span}:7"
        tdmctl("virt", "fault", span, "defects=los")
        near.api.wait(heard("SpanAlarm", span=span, raised=["los"], alarms=["los"]))
        ok(True, "a failure is told")
        near.api.wait(slot("offline"))
        near.api.wait(heard("DChannelState", group="near", state="down", active_dchannel=0), 60)
        ok(near.api.get(f"/endpoints/PRI/near:{span}:7")["state"] == "offline" and
           near.api.get(f"/spans/{span}")["alarms"]["los"] and
           self.metrics()("span_alarm", span=span, alarm="los") == 1, "... and seen by who asks")
        tdmctl("virt", "fault", span, "defects=none")
        near.api.wait(heard("SpanAlarm", span=span, cleared=["los"], alarms=[]), 60)
        near.api.wait(slot("online"), 60)
        near.api.wait(heard("DChannelState", group="near", state="up", active_dchannel=1), 60)
        self.both_ready()
        for event in near.api.events:
            shapes.check_event(event)
        # Ten of them in a row make them unavailable ones, from the first.
        count = near.api.get(f"/spans/{span}")["counters"]["current"]["near"]
        ok(count["es"] + count["uas"] > 0, "its seconds were errored or unavailable")
        tdmctl("card", "clock", self.card, "1")
        near.api.wait(heard("SpanClockChanged", card=self.card, state="locked", port=1))
        ok(True, "a change of the clock is told")
        tdmctl("card", "clock", self.card, "own")

    def documented(self):
        """What docs/api.md says of lines, by curl"""
        def fill(text, quote=str):
            return filled(text, {"span": f"{self.card}:1"}.get, quote)
        for line in Document().requests()["lines"]:
            status, body = curl(line, ["--unix-socket", self.near.api.path, "http://tdmd/ari"], fill)
            ok(status == line.status and line.says in (body or {}).get("message", ""), line.text, status, body)

    def refusals(self):
        near, card = self.near, self.card
        for slots, group, word in ((f"{card}:1:24", "near", "no B-channel"), (f"{card}:1:7,24", "near", "no B-channel"),
                                   (f"{card}:2:1", "near", "not on a span"), ("te9:1:1", "near", "not on a span"),
                                   (f"{card}:1:1", "nobody", "no trunk group")):
            said = near.ctl("service", group, slots, "out", status=1)
            ok(word in said, f"refused: {said.strip()}")
        os.mkdir(f"{self.dir}/near/slots.near.new")   # where the file of what is out would be made
        said = near.ctl("service", "near", f"{card}:1:7", "out", status=1)
        os.rmdir(f"{self.dir}/near/slots.near.new")
        ok("could not be remembered" in said, f"refused: {said.strip()}")
        ok(near.out() == [1, 2, 5], "after the refusals nothing has changed", near.out())

    def logs(self):
        for end in (self.near, self.far):
            with open(f"{self.dir}/{end.name}.log") as f:
                print("".join(f"# {end.name}: {x}" for x in f.readlines()[-30:]), end="")


def main():
    test = Test()
    try:
        test.run()
    except Exception as error:  # whatever broke is a failed test with its sentence
        ok(False, f"{type(error).__name__}: {error}")
    finally:
        if bad:
            test.logs()
        for end in (test.near, test.far):
            if hasattr(end, "process") and end.process.poll() is None:
                end.process.kill()
        tdmctl("virt", "del", test.card)
    print(f"1..{count}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
