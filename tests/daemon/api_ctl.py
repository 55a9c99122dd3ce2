# SPDX-License-Identifier: GPL-2.0-or-later
"""tdmctl against the tdmd without lines: each command of calls, bridges, events, good and refused; the completion."""
import json
import os
import select
import subprocess
import time

from api_metrics import page, value
from api_transfers import bridge, gone, ringing, show, two_bridged
from client import Lines, until, want


def run(t, *words):
    done = subprocess.run([t.tdmctl, "call", *words, "--socket", t.path], capture_output=True, text=True,
                          timeout=60)
    want("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr)
    return done


def metric(t, name):
    return value(page(t), name)


def good(t, *words):
    done = run(t, *words)
    want(done.returncode == 0 and not done.stderr, words, done)
    return done.stdout.strip()


def refused(t, status, text, *words):
    done = run(t, *words)
    want(done.returncode == status and text in done.stderr and not done.stdout, words, done)


def transfers(t):
    a, b, c, d, _ = two_bridged(t)
    refused(t, 2, "--with", "transfer", a)
    refused(t, 2, "--with", "transfer", a, "2001", "--with", c)
    refused(t, 2, "timeout", "transfer", a, "Local/2002", "--timeout", "0")
    refused(t, 1, "there is no channel nobody", "transfer", "nobody", "2001")
    refused(t, 1, "in a state", "transfer", b, "2001")
    refused(t, 1, "no such thing", "transfer", a, "9")
    refused(t, 1, "an endpoint is", "transfer", a, "Nothing/1")
    want(good(t, "transfer", a, "Local/2002") == "")
    gone(t, a, b)
    until(lambda: show(t, c)["bridge"], "it talks to the new one")
    t.all_gone()
    a, b, c, d, _ = two_bridged(t)
    e, f, g, h, _ = two_bridged(t)
    refused(t, 1, "in a state", "transfer", a, "--with", a)
    good(t, "transfer", a, "--with", e)
    gone(t, b, e, f, g)
    want({x["id"] for x in t.channels()} == {a, c, d, h})
    t.all_gone()


def others(t):
    a, b = ringing(t, "3003")
    c, d = t.two()
    refused(t, 1, "in a state", "pickup", c, d)
    refused(t, 1, "there is no channel", "pickup", a, "nobody")
    good(t, "pickup", a, c)
    gone(t, b, c)
    br = bridge(t, a, d)
    e, f = t.two()
    refused(t, 1, "in a state", "swap", e, f)
    good(t, "swap", a, e)
    want(t.expect(200, "GET", f"/bridges/{br}")["channels"] == [e, d])
    t.all_gone()
    a, b = ringing(t, "3003")
    refused(t, 2, "ENDPOINT", "ring", b)
    refused(t, 1, "an endpoint is", "ring", b, "Local/2001", "Nothing/1")
    refused(t, 1, "in a state", "ring", a, "Local/2001")
    refused(t, 2, "too many", "ring", b, *["Local/" + "1" * 60] * 20)
    good(t, "ring", b, "Local/2001", "Local/2002", "--timeout", "9")
    t.up(a, b)
    t.all_gone()


def parking(t):
    a, b, c, d, _ = two_bridged(t)
    rows = json.loads(good(t, "parked", "--json"))
    want(rows == [], rows)
    refused(t, 2, "place", "park", c, "--place", "0")
    refused(t, 1, "there is no place 5", "park", c, "--place", "5")
    want(good(t, "park", c, "--place", "702", "--timeout", "0", "--back", "2001") == "702")
    gone(t, a, b)
    rows = json.loads(good(t, "parked", "--json"))
    want(len(rows) == 1 and rows[0]["place"] == 702 and rows[0]["channel"] == c, rows)
    shown = good(t, "parked")
    want("702" in shown, shown)
    e, f = t.two()
    refused(t, 1, "busy", "park", e, "--place", "702")
    refused(t, 1, "there is no place x", "retrieve", "x", e)
    refused(t, 1, "no such thing", "retrieve", "701", e)
    good(t, "retrieve", "702", e)
    want(show(t, c)["bridge"] == show(t, e)["bridge"] != 0, show(t, c), show(t, e))
    t.all_gone()


def ctl(t, *words, status=0, text=""):
    """What another command than call prints; of a refusal its sentence"""
    done = subprocess.run([t.tdmctl, *words, "--socket", t.path], capture_output=True, text=True, timeout=60)
    want("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr)
    want(done.returncode == status and text in done.stderr and bool(done.stderr) == bool(status), words, done)
    return done.stdout


def showing(t):
    a, b = t.two()
    row, = json.loads(good(t, "show", a, "--json"))
    want(row["channel"] == a and row["state"] == "Up" and row["bridge"] is None and row["app"] == "test" and
         row["outgoing"] is True and row["leg"] == "2001;1", row)
    br = bridge(t, a)
    row, = json.loads(good(t, "show", a, "--json"))
    want(row["bridge"] == br, row)
    want(f"bridge          {br}" in good(t, "show", a).splitlines(), good(t, "show", a))
    refused(t, 1, "there is no channel nobody", "show", "nobody")
    refused(t, 2, "is no id", "show", "")
    refused(t, 2, "", "show")
    t.all_gone()


def bridges(t):
    (a, b), (c, d) = t.two(), t.two()
    want(json.loads(ctl(t, "bridge", "list", "--json")) == [])
    want(ctl(t, "bridge", "create", "mine", "--name", "Mine Own").strip() == "mine")
    other = ctl(t, "bridge", "create").strip()
    want({x["id"] for x in t.expect(200, "GET", "/bridges")} == {"mine", other})
    ctl(t, "bridge", "create", "mine", status=1, text="taken")
    ctl(t, "bridge", "create", "--type", "nonsense", status=1, text="type")
    want(ctl(t, "bridge", "add", "mine", a, c) == "")
    row, = json.loads(ctl(t, "bridge", "show", "mine", "--json"))
    want(row["bridge"] == "mine" and row["name"] == "Mine Own" and row["members"] == 2 and
         row["channels"] == f"{a},{c}", row)
    rows = {r["bridge"]: r for r in json.loads(ctl(t, "bridge", "list", "--json"))}
    want(rows["mine"] == row and rows[other]["members"] == 0 and rows[other]["channels"] is None, rows)
    want([line.split()[0] for line in ctl(t, "bridge", "list").splitlines()][0] == "BRIDGE")
    ctl(t, "bridge", "add", other, a, status=1, text="busy")
    ctl(t, "bridge", "add", "mine", "nobody", status=1, text="there is no channel nobody")
    ctl(t, "bridge", "add", "nobody", a, status=1, text="there is no bridge nobody")
    ctl(t, "bridge", "add", "mine", status=2)
    ctl(t, "bridge", "add", "mine", "", status=2, text="no channel")
    ctl(t, "bridge", "add", "mine", *["x" * 200] * 20, status=2, text="too many")
    want(ctl(t, "bridge", "remove", "mine", a, c) == "")
    want(json.loads(ctl(t, "bridge", "show", "mine", "--json"))[0]["members"] == 0)
    ctl(t, "bridge", "remove", "mine", a, status=1, text="no such thing")
    ctl(t, "bridge", "destroy", "mine")
    ctl(t, "bridge", "destroy", "mine", status=1, text="there is no bridge mine")
    ctl(t, "bridge", "show", "mine", status=1, text="there is no bridge mine")
    want(len(t.channels()) == 4, "an ended bridge took calls along")
    t.all_gone()


def voices(t):
    a, b = t.two()
    for words in ((), ("--direction", "in"), ("--direction", "both")):
        for verb in ("mute", "unmute"):
            want(good(t, verb, a, *words) == "")
    refused(t, 1, "direction is both, in or out", "mute", a, "--direction", "left&right")
    refused(t, 2, "--direction", "unmute", a, "--direction", "x" * 100)
    refused(t, 1, "there is no channel nobody", "unmute", "nobody")
    ctl(t, "bridge", "create", "mine")
    want(json.loads(ctl(t, "bridge", "members", "mine", "--json")) == [])
    ctl(t, "bridge", "add", "mine", a, b)
    want(ctl(t, "bridge", "voice", "mine", b, "--mute", "yes", "--volume", "-6") == "")
    rows = json.loads(ctl(t, "bridge", "members", "mine", "--json"))
    want(rows == [{"channel": a, "role": "participant", "mute": False, "volume": 0},
                  {"channel": b, "role": "participant", "mute": True, "volume": -6}], rows)
    ctl(t, "bridge", "voice", "mine", b, "--mute=no")
    line = ctl(t, "bridge", "members", "mine").splitlines()[-1].split()
    want(line == [b, "participant", "no", "-6"], line)
    for words, status, text in ((("mine", b), 2, "--mute or --volume"), (("mine", b, "--mute", "1"), 2, "yes or no"),
                                (("mine", b, "--volume", "25"), 2, "volume"), (("mine", ""), 2, "--mute"),
                                (("mine", "", "--mute", "no"), 2, "no channel"),
                                (("mine", "nobody", "--mute", "no"), 1, "there is no channel"),
                                (("nobody", b, "--volume", "1"), 1, "there is no bridge")):
        ctl(t, "bridge", "voice", *words, status=status, text=text)
    ctl(t, "bridge", "members", "nobody", status=1, text="there is no bridge")
    t.all_gone()


class Running:
    """A tdmctl that goes on; what it prints, line by line, and not for ever"""

    def __init__(self, t, *words):
        self.process = subprocess.Popen([t.tdmctl, *words, "--socket", t.path], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.buffer = b""

    def line(self):
        while b"\n" not in self.buffer:
            want(select.select([self.process.stdout], [], [], 20)[0], "no line in 20 s", self.buffer)
            data = os.read(self.process.stdout.fileno(), 65536)
            want(data, "it ended", self.buffer)
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def end(self, stop=True):
        """Its status, when it has ended"""
        if stop:
            self.process.terminate()
        err = self.process.communicate(timeout=60)[1]
        want(b"Sanitizer" not in err and b"runtime error" not in err and (stop or not err), err)
        return self.process.returncode


def events(t):
    """Live, a line each; what is said is what the API's stream says"""
    def begin(*words):
        before = metric(t, "api_streams")
        process = Running(t, "events", *words)
        until(lambda: metric(t, "api_streams") == before + 1, "it hears")
        return process
    others = int(metric(t, "api_streams"))
    lines = Lines(t.path)
    # Events keep their order: what former calls have caused is over when this one's end is told.
    former = t.two()
    t.end(*former)
    lines.ended(*former)
    in_json, people, short = begin("--json"), begin(), begin("--json", "--count", "3")
    a, b = t.two()
    t.expect(204, "POST", f"/channels/{a}/variable", variable="x", value="a\u001b[31mb")
    t.expect(204, "PUT", "/deviceStates/Stasis:x", deviceState="BUSY")
    t.expect(204, "DELETE", "/deviceStates/Stasis:x")
    seen = lines.until(lambda e: e.get("device_state", {}).get("state") == "UNKNOWN")
    want([json.loads(in_json.line()) for _ in seen] == seen, "as the API has it")
    want([json.loads(short.line()) for _ in range(3)] == seen[:3], "three of them, as the API has them")
    want(short.end(stop=False) == 0, "and then it ends")
    for event in seen:  # each as it happens
        line = people.line()
        want(line.split()[:2] == [event["timestamp"][11:23], event["type"]], line)
        want("\033" not in line, line)
        if "channel" in event:
            want(event["channel"]["name"] in line and f"state={event['channel']['state']}" in line, line)
        if event["type"] == "ChannelVarset":
            want("variable=x  value=a?[31mb" in line, line)
        if event["type"] == "DeviceStateChanged":
            want("Stasis:x" in line, line)
    for process in (in_json, people):
        process.end()
    begun = time.monotonic()
    want(ctl(t, "events", "--seconds", "1") == "", "nothing happens")
    want(time.monotonic() - begun >= 1, "a second")
    ctl(t, "events", "--count", "0", status=2, text="count")
    done = subprocess.run([t.tdmctl, "events", "--socket", "/nowhere"], capture_output=True, text=True, timeout=60)
    want(done.returncode == 1 and "does not run" in done.stderr, done)
    lines.close()
    t.all_gone()
    held = []
    for _ in range(256 - others):
        held.append(Lines(t.path))
    ctl(t, "events", status=1, text="as many readers of events as there may be")
    for one in held:
        one.close()
    until(lambda: metric(t, "api_streams") == others, "they have gone")


def completing(t):
    """What bash offers for the ids of the daemon that the line names"""
    generated = subprocess.run([t.tdmctl, "--generate", "completion"], capture_output=True, text=True, check=True)
    (a, b), br = t.two(), t.expect(200, "POST", "/bridges")["id"]
    parked, e = t.two()
    place = str(t.expect(200, "POST", f"/channels/{parked}/park")["place"])
    calls = sorted([a, b, parked, e])

    def offered(line):
        script = generated.stdout + f"""
            tdmctl() {{ "{t.tdmctl}" "$@"; }}
            COMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}} COMP_WORDBREAKS=''
            _tdmctl
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
        want(not done.stderr, done.stderr)
        return sorted(word for word in done.stdout.split() if not word.startswith("--"))
    at = f"--socket {t.path}"
    for verb in ("show", "hangup", "park", "transfer", "mute", "unmute"):
        want(offered(f"tdmctl call {verb} {at} ") == calls, verb, offered(f"tdmctl call {verb} {at} "))
    want(offered(f"tdmctl call hangup {at} {a[:-1]}") == [x for x in calls if x.startswith(a[:-1])])
    for verb in ("show", "destroy", "add", "remove", "members", "voice"):
        want(offered(f"tdmctl bridge {verb} {at} ") == [br], verb)
    want(offered(f"tdmctl bridge add {br} {at} ") == calls == offered(f"tdmctl bridge add {at} {br} {a} "), "channels")
    want(offered(f"tdmctl bridge show {at} {br} ") == [br])
    want(offered(f"tdmctl call retrieve {at} ") == [place] and offered(f"tdmctl call retrieve {at} {place} ") == calls)
    want(offered(f"tdmctl group show {at} ") == [] == offered("tdmctl call show --socket /nowhere "))
    want("events" in offered("tdmctl ") and "create" in offered("tdmctl bridge "))
    t.all_gone()
