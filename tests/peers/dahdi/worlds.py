#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls between two worlds, ordered and judged here, in our guest. TAP. usage: worlds.py e1|t1

    tdmd, te4xx driver, card == port 1 ===== line ===== port 1 == card, DAHDI's driver, libpri (dahdi-pri)

E1: tdmd is the user side, DAHDI the network; T1: the other way round. Files in /share are the line of command to
the other guest: "commands" is appended to, "events" is read. Each call has voice both ways at once, and what either
end heard must hold all that the other one said, octet for octet.
"""
import json
import os
import re
import subprocess
import sys
import time
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [f"{HERE}/../../demo", f"{HERE}/../../selftests/te4xx"]
sys.dont_write_bytecode = True
import compare  # noqa: E402
import te4lib  # noqa: E402
import wav  # noqa: E402
from ari import Daemon, Refused, until  # noqa: E402

LONG = bool(os.environ.get("OPENTDM_LONG"))
BRIEF = bool(os.environ.get("OPENTDM_BRIEF")) and not LONG
CALLS = 6 if LONG else 2        # at a time, half of them each way
SECONDS = 15 if LONG else 2 if BRIEF else 4     # of voice, each way
STEP = 3                        # seconds: the voices of two calls begin so far from each other
PATIENCE = 300                  # a machine that is busy makes line time slow, and every timer runs on it
VOICE = "/usr/share/asterisk/sounds/en_US_f_Allison"
VOICES = {"tdmd": "demo-congrats.wav", "dahdi": "demo-instruct.wav"}
SOUNDS, RECORDINGS = "/var/lib/opentdm/sounds", "/var/lib/opentdm/recordings"
YELLOW, RED = 1 << 2, 1 << 3    # DAHDI_ALARM_*
FACTS = {
    "e1": {"law": wav.ALAW, "conf": "alaw", "framing": "crc4", "code": "hdb3", "switch": "euroisdn-e1",
           "side": "user", "slots": [s for s in range(1, 32) if s != 16], "d": 16},
    "t1": {"law": wav.ULAW, "conf": "mulaw", "framing": "esf", "code": "b8zs", "switch": "national",
           "side": "network", "slots": list(range(1, 24)), "d": 24},
}
SPANS = """[span te0:1]
type = {kind}
framing = {framing}
line-code = {code}
signalling = ccs
state = up
# Sooner than usual, so that the test need not wait for it.
fail-declare = 500
fail-clear = 1000
"""
TDMD = """[api]
socket = /run/opentdm/tdmd.sock

[media]
period = 20
lead = 500

[group line]
spans = te0:1
dchannels = te0:1:{d}
side = {side}
switchtype = {switch}
law = {conf}
restart = yes
select = ascending
# Nothing is lost here, but line time may be slow: as long as it takes.
t200 = 8000
t303 = 60000
t305 = 120000
t308 = 60000
t310 = 120000
t313 = 60000
t316 = 20000
capture = /out/dchan.pcap

[route *]
action = refuse
cause = 1
"""
# Who calls it hears a voice and is recorded.
ROUTE = """
[route {number}]
action = answer
play = {number}.{ext}
record = {number}.wav
"""


class Dahdi:
    """dahdi-pri in the other guest."""

    def __init__(self, folder):
        self.folder, self.text, self.events = folder, "", []
        self.heard = None

    def say(self, *words):
        with open(f"{self.folder}/commands", "a", encoding="ascii") as f:
            f.write(" ".join(map(str, words)) + "\n")

    def read(self):
        if not self.heard:
            if not os.path.exists(f"{self.folder}/events"):
                return
            self.heard = open(f"{self.folder}/events", encoding="ascii")
        self.text += self.heard.read()
        lines = self.text.split("\n")
        self.text = lines.pop()
        for line in lines:
            words = line.split(" ", 2)
            self.events.append((words[0], int(words[1]), words[2]))

    def wait(self, what, chan=None, since=0, seconds=PATIENCE):
        """The rest of the first such event at or after index since; with chan None: of any channel, and that, too."""
        def look():
            self.read()
            for name, at, rest in self.events[since:]:
                if name == "error":
                    raise ValueError(f"dahdi-pri refuses, channel {at}: {rest}")
                if name == what and chan in (None, at):
                    return (at, rest) if chan is None else (rest,)
            return None
        found = until(look, seconds, f"DAHDI's '{what}' of channel {chan}; the last it told: {self.events[-6:]}")
        return found if chan is None else found[0]

    def alarms(self):
        self.read()
        return next((int(rest) for name, _, rest in reversed(self.events) if name == "alarms"), -1)

    def mark(self):
        self.read()
        return len(self.events)

    def forgive(self):
        """What it refused is known by now."""
        time.sleep(1)
        self.read()
        self.events = [("", 0, "") if e[0] == "error" else e for e in self.events]


class Call:
    """One call, up at both ends. chan is its slot, sid the channel's id in tdmd."""

    def __init__(self, worlds, number, chan, sid):
        self.worlds, self.number, self.chan, self.sid = worlds, number, chan, sid

    def heard(self):
        return f"/share/heard-{self.chan}"

    def hangup(self, by_dahdi):
        """Cause 16 has to arrive at the other end."""
        w, mark = self.worlds, self.worlds.dahdi.mark()
        if by_dahdi:
            w.dahdi.say("hangup", self.chan, 16)
            got = w.destroyed(self.sid)
        else:
            w.tdmd.delete(f"/channels/{self.sid}", reason_code=16)
            got = int(w.dahdi.wait("gone", self.chan, mark))
        want(got == 16, f"cause {got} arrives, 16 was given")
        w.dahdi.wait("gone", self.chan, mark)
        w.destroyed(self.sid)


def want(good, *why):
    if not good:
        raise AssertionError(" ".join(map(str, why)))


def ctl(*args):
    return json.loads(subprocess.check_output(["tdmctl", *args, "--json"], text=True, timeout=60))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def same(sent, heard, what):
    """All that was sent has been heard, in one piece."""
    if sent in heard:
        return
    runs = compare.runs(sent, heard)
    raise compare.Mismatch(f"{what}: {len(sent)} octets were sent and are not in what was heard; alike are " +
                           (", ".join(f"{r.start}-{r.end} ({r.shift:+d})" for r in runs) or "none"))


class Worlds:
    def __init__(self, kind):
        self.kind, self.facts, self.results = kind, FACTS[kind], []
        self.tdmd, self.dahdi = Daemon("tdmd", "/run/opentdm/tdmd.sock"), Dahdi("/share")
        self.card, self.process, self.voice = te4lib.Emulator(1), None, {}
        self.ext = "alaw" if kind == "e1" else "ulaw"

    def case(self, name, action, *args):
        begin = time.monotonic()
        try:
            action(*args)
            why = ""
        except Exception as error:  # a failed case is a line of its own
            why = f"{type(error).__name__}: {error}"
        self.results.append(not why)
        print(f"{'not ok' if why else 'ok'} {len(self.results)} - worlds-{self.kind}: {name} "
              f"# {time.monotonic() - begin:.0f} s", flush=True)
        if why:
            print("".join(f"# {line}\n" for line in why.splitlines()), end="", flush=True)
            self.clear()

    # --- both ends ---

    def voices(self):
        """What is said in each call, coded by a G.711 that is not tdmd's."""
        law = wav.Law(self.facts["law"])
        for folder in (SOUNDS, RECORDINGS, "/run/opentdm"):
            os.makedirs(folder, exist_ok=True)
        for end, name in VOICES.items():
            with wave.open(f"{VOICE}/{name}") as f:
                samples = memoryview(f.readframes((STEP * (CALLS - 1) + SECONDS) * 8000)).cast("h")
            self.voice[end] = law.encode(samples)
        for k in range(CALLS):
            number = self.number(k)
            for end, path in (("tdmd", f"{SOUNDS}/{number}.{self.ext}"), ("dahdi", f"/share/voice-{number}")):
                said = self.says(end, k)
                want(len(said) == SECONDS * 8000, f"{VOICES[end]} is too short")
                with open(path, "wb") as f:
                    f.write(said)

    def says(self, end, k):
        return self.voice[end][k * STEP * 8000:][:SECONDS * 8000]

    @staticmethod
    def number(k):
        """The first half is called by DAHDI, the other one by tdmd."""
        return f"{5100 + k if k < CALLS // 2 else 6200 + k}"

    def groups_up(self):
        try:
            groups = self.tdmd.get("/groups")
        except OSError:
            return False
        return len(groups) == 1 and groups[0]["state"] == "up" and groups[0]["ready"]

    def alarms(self):
        return ctl("span", "list")[0]["alarms"] or []

    def green(self):
        until(lambda: not self.alarms(), PATIENCE, "our span without alarms")
        until(lambda: self.dahdi.alarms() == 0, PATIENCE, "DAHDI's span without alarms")

    def destroyed(self, sid):
        return self.tdmd.wait(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == sid,
                              PATIENCE)["cause"]

    def quiet(self):
        until(lambda: not self.tdmd.get("/channels"), PATIENCE, "tdmd without calls")
        until(lambda: not any(s["owner"] for s in ctl("slot", "list") if s["slot"] != self.facts["d"]), PATIENCE,
              "idle slots")

    def clear(self):
        """What a failed case left must not fail the next one."""
        try:
            for c in self.tdmd.get("/channels"):
                self.tdmd.delete(f"/channels/{c['id']}")
        except (OSError, Refused):
            pass
        for chan in self.facts["slots"]:
            if os.path.exists(f"/share/heard-{chan}"):
                os.unlink(f"/share/heard-{chan}")
                self.dahdi.say("close", chan)
        self.dahdi.forgive()

    # --- calls ---

    def from_dahdi(self, k):
        chan, mark, since = self.facts["slots"][-1 - k], len(self.tdmd.events), self.dahdi.mark()
        self.dahdi.say("listen", chan, f"/share/heard-{chan}")
        self.dahdi.say("call", chan, self.number(k))
        self.dahdi.wait("answered", chan, since)
        made = self.tdmd.wait(lambda e: e["type"] == "ChannelCreated" and
                              e["channel"]["dialplan"]["exten"] == self.number(k), PATIENCE, mark)
        return Call(self, self.number(k), chan, made["channel"]["id"])

    def from_tdmd(self, k):
        number, since = self.number(k), self.dahdi.mark()
        sid = self.tdmd.post("/channels", endpoint=f"PRI/line/{number}", app="worlds", timeout=PATIENCE)["id"]
        chan, called = self.dahdi.wait("ring", None, since)
        want(called == number, f"{called} is called, {number} was dialled")
        self.dahdi.say("listen", chan, f"/share/heard-{chan}")
        self.dahdi.say("answer", chan)
        until(lambda: self.tdmd.get(f"/channels/{sid}")["state"] == "Up", PATIENCE, f"{number} answered")
        return Call(self, number, chan, sid)

    def talk(self):
        """Calls in both directions at once, in each of them voice both ways."""
        mark, since = len(self.tdmd.events), self.dahdi.mark()
        calls = [self.from_dahdi(k) if k < CALLS // 2 else self.from_tdmd(k) for k in range(CALLS)]
        for k, call in enumerate(calls):
            self.dahdi.say("speak", call.chan, f"/share/voice-{call.number}")
            if k >= CALLS // 2:
                self.tdmd.post(f"/channels/{call.sid}/record", name=call.number, format="wav", direction="in",
                               ifExists="overwrite")
                self.tdmd.post(f"/channels/{call.sid}/play", media=f"sound:{call.number}")
        # What tdmd still has to send is on the line within its lead. Line time is what arrives.
        sizes = [os.path.getsize(call.heard()) + (SECONDS + 2) * 8000 for call in calls]
        for call, size in zip(calls, sizes):
            self.dahdi.wait("played", call.chan, since)
            until(lambda: os.path.getsize(call.heard()) > size, PATIENCE, f"{SECONDS + 2} seconds of {call.number}")
        for k, call in enumerate(calls):
            call.hangup(by_dahdi=bool(k & 1))
            self.dahdi.say("close", call.chan)
            self.dahdi.wait("closed", call.chan, since)
            self.tdmd.wait(lambda e: e["type"] in ("RecordingFinished", "RecordingFailed") and
                           e["recording"]["target_uri"] == f"channel:{call.sid}", PATIENCE, mark)
        for k, call in enumerate(calls):
            law, heard = wav.read(f"{RECORDINGS}/{call.number}.wav")
            want(law == self.facts["law"], f"the recording has WAVE format {law}")
            same(self.says("dahdi", k), heard, f"{call.number}, DAHDI to tdmd")
            same(self.says("tdmd", k), read(call.heard()), f"{call.number}, tdmd to DAHDI")
            os.unlink(call.heard())
        print(f"# {len(calls)} calls, {SECONDS * 8000} octets each way in each")
        self.quiet()

    # --- cases ---

    def start(self):
        # Before it runs: the first RESTART is answered in no time.
        self.mark, self.before = self.dahdi.mark(), self.acknowledged()
        log = open("/out/tdmd.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(["tdmd", "-c", "/tmp/tdmd.conf"], stdout=log, stderr=log)
        until(self.groups_up, PATIENCE, "the D-channel, and its RESTARTs")
        self.tdmd.listen()

    def lines(self):
        te4lib.load()
        facts = dict(self.facts, kind=self.kind)
        with open("/tmp/spans.conf", "w", encoding="ascii") as f:
            f.write(SPANS.format(**facts))
        with open("/tmp/tdmd.conf", "w", encoding="ascii") as f:
            f.write(TDMD.format(**facts) +
                    "".join(ROUTE.format(number=self.number(k), ext=self.ext) for k in range(CALLS // 2)))
        subprocess.check_output(["tdmctl", "config", "apply", "/tmp/spans.conf"])
        self.voices()
        self.green()

    def all_restarted(self):
        """tdmd has sent RESTART for each slot, and each was acknowledged."""
        for slot in self.facts["slots"]:
            self.dahdi.wait("restarted", slot, self.mark)
        missing = [s for s, n in self.acknowledged().items() if n <= self.before[s]]
        want(not missing, "no answer for", missing)

    def acknowledged(self):
        """How often the far end has answered RESTART of each timeslot."""
        said = ""
        if os.path.exists("/out/dchan.pcap"):
            said = subprocess.check_output(["/build/bin/ladder", "/out/dchan.pcap"], text=True)
        # The ladder has the user on its left.
        arrow = "<-+ {} -+" if self.facts["side"] == "user" else "-+ {} -+>"
        got = [int(n) for n in re.findall(arrow.format("RESTART ACKNOWLEDGE") + r".* channel (\d+) ", said)]
        return {slot: got.count(slot) for slot in self.facts["slots"]}

    def restart_idle(self):
        chan, since = self.facts["slots"][-1], self.dahdi.mark()
        self.dahdi.say("restart", chan)
        self.dahdi.wait("acknowledged", chan, since)

    def restart_in_call(self):
        call, since = self.from_tdmd(CALLS - 1), self.dahdi.mark()
        self.dahdi.say("restart", call.chan)
        self.dahdi.wait("acknowledged", call.chan, since)
        got = self.destroyed(call.sid)
        want(got == 41, f"cause {got}, not 41")
        self.ended(call)

    def ended(self, call):
        since = self.dahdi.mark()
        self.dahdi.say("close", call.chan)
        self.dahdi.wait("closed", call.chan, since)
        os.unlink(call.heard())
        self.quiet()

    def killed(self):
        """A tdmd that begins anew knows no call, and says so."""
        call, since = self.from_tdmd(CALLS - 1), self.dahdi.mark()
        self.process.kill()
        self.process.wait()
        self.start()
        got = int(self.dahdi.wait("gone", call.chan, since))
        want(got == 41, f"cause {got}, not 41")
        self.all_restarted()
        self.ended(call)

    def alarm(self, begin, end, ours, theirs):
        """The line fails in a call: both sides see it, and when it is over the call is known at both ends or none."""
        call, since = self.from_dahdi(0), self.dahdi.mark()
        size = os.path.getsize(call.heard())
        until(lambda: os.path.getsize(call.heard()) > size + 8000, PATIENCE, "a second of the call")
        self.card(*begin)
        try:
            until(lambda: ours in self.alarms(), PATIENCE, f"{ours} at our span")
            until(lambda: self.dahdi.alarms() & theirs, PATIENCE, f"alarm {theirs} at DAHDI's span")
            until(lambda: not self.groups_up(), PATIENCE, "the D-channel down")
        finally:
            self.card(*end)
        self.green()
        until(self.groups_up, PATIENCE, "the D-channel up again")
        if any(c["id"] == call.sid for c in self.tdmd.get("/channels")):
            print("# the call outlives it")
            call.hangup(True)
        else:
            print("# the call has ended")
            self.dahdi.wait("gone", call.chan, since)
        self.ended(call)

    def end(self):
        self.quiet()
        self.process.terminate()
        want(self.process.wait(60) == 0, "tdmd's status")
        self.dahdi.say("quit")
        left = self.dahdi.wait("ended")[0]
        want(left == 0, left, "calls left at DAHDI")

    def run(self):
        case = self.case
        los = ("alarm", 1, "los", "on"), ("alarm", 1, "los", "off")
        cut = ("open", 1), ("connect", 1, "../line")
        if BRIEF:
            case("both spans are green", self.lines)
            case("D-channel up", self.start)
            case("our RESTART of every timeslot", self.all_restarted)
            case("tdmd is killed in a call and starts anew", self.killed)
            case("signal lost in a call at our end", self.alarm, *los, "los", YELLOW)
            case("calls both ways, voice both ways", self.talk)
            case("nothing is left", self.end)
            return self.verdict()
        case("both spans are green", self.lines)
        case("D-channel up", self.start)
        case("our RESTART of every timeslot", self.all_restarted)
        case("calls both ways, voice both ways", self.talk)
        case("RESTART of an idle timeslot", self.restart_idle)
        case("RESTART of a timeslot with a call", self.restart_in_call)
        case("calls after it", self.talk)
        case("tdmd is killed in a call and starts anew", self.killed)
        case("calls after it", self.talk)
        case("signal lost in a call at our end", self.alarm, *los, "los", YELLOW)
        case("calls after it", self.talk)
        case("line cut in a call", self.alarm, *cut, "los", RED)
        case("calls after it", self.talk)
        case("nothing is left", self.end)
        return self.verdict()

    def verdict(self):
        print(f"1..{len(self.results)}")
        return 0 if all(self.results) else 1


sys.exit(Worlds(sys.argv[1]).run())
