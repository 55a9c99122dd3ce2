#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A call from the outside world through the PBX to the far end, proven octet for octet. Runs in the guest.

    caller    span 2 ====== span 1             span 3 ====== span 4    called
    [ world: tdmd, network ] | [ PBX: tdmd, user side of both ] | [ world ]

The world calls 2001 over span 2. The PBX routes it over span 3; the far end answers; the PBX bridges. Both
ends speak at once, recorded voice, and both record what they send and what they hear. Within this call
the bridge goes from user space to the kernel's cross-connect and back; then digits go both ways; then
the far end releases. usage: demo.py OUTDIR e1|t1...
"""
import array
import json
import os
import subprocess
import sys
import time
import wave

import compare
import wav
from ari import Daemon, until

HERE = os.path.dirname(os.path.abspath(__file__))
VOICE = "/usr/share/asterisk/sounds/en_US_f_Allison"
VOICES = {"a": "demo-congrats.wav", "b": "demo-instruct.wav"}
SPEAK = 15      # seconds of voice at each end; the path is switched within them
SWITCH = 5      # seconds between the switches
DIGITS = {"a": "2468*", "b": "1357#"}
CAUSE = 16      # normal call clearing
LINES = {
    "e1": {"law": wav.ALAW, "idle": 0xd5, "name": "E1, CRC-4, A-law, EuroISDN, D-channel in slot 16"},
    "t1": {"law": wav.ULAW, "idle": 0xff, "name": "T1, ESF, mu-law, 23B+D, NI2, D-channel in slot 24"},
}


class Demo:
    def __init__(self, out):
        self.out, self.steps, self.calls, self.started = out, [], [], time.monotonic()

    def step(self, name, action, *args):
        begin = time.monotonic()
        print(f"{begin - self.started:6.1f} s  {name} ...", end="", flush=True)
        try:
            said = action(*args)
            ok = True
        except Exception as error:  # each becomes a failed step with its sentence
            said, ok = f"{type(error).__name__}: {error}", False
        self.steps.append({"name": name, "ok": ok, "seconds": round(time.monotonic() - begin, 3)})
        print((" " + said if isinstance(said, str) else " ok") if ok else f" FAILED\n          {said}", flush=True)
        if not ok:
            raise SystemExit(1)

    def finish(self):
        verdict = "passed" if self.steps and all(s["ok"] for s in self.steps) else "failed"
        with open(f"{self.out}/result.json", "w") as f:
            json.dump({"verdict": verdict, "steps": self.steps, "calls": self.calls}, f, indent=1)
            f.write("\n")
        return verdict


class Call:
    """The call on one kind of line"""

    def __init__(self, demo, line):
        self.demo, self.line, self.facts = demo, line, LINES[line]
        self.dir = f"{demo.out}/{line}"
        self.daemons, self.heard = [], {"a": "", "b": ""}
        self.changes = {"a": [], "b": []}
        self.found = {}  # the runs at each end, once they are known
        self.pbx = Daemon("pbx", "/run/opentdm/tdmd.sock")
        self.world = Daemon("world", "/run/opentdm/world.sock")

    def run(self):
        step = self.demo.step
        print(f"\n--- {self.facts['name']}", flush=True)
        try:
            step("lines 1-2 and 3-4 are joined and up", self.lines)
            step("PBX and outside world start", self.start)
            step("D-channels come up", self.dchannels)
            step("the world calls 2001", self.call)
            step("the far end answers, the PBX bridges", self.answered)
            step("both ends speak and record; the path is switched twice", self.speak)
            step("what was sent is the recorded voice", self.sent)
            for path in ("user", "kernel"):
                step(f"octets in the {path} path equal what was sent", self.phase, path)
            step("at each switch just the announced difference", self.whole)
            step("DTMF digits cross", self.digits)
            step("the far end releases", self.release)
            step("every timeslot is idle again", self.idle)
        finally:
            self.stop()

    def lines(self):
        subprocess.run(["tdmctl", "config", "apply", f"{HERE}/spans-{self.line}.conf"], check=True,
                       stdout=subprocess.DEVNULL)

        def clean():
            spans = json.loads(subprocess.check_output(["tdmctl", "span", "list", "--json"]))
            return len(spans) == 4 and all(s["state"] == "up" and not s["alarms"] for s in spans)
        until(clean, 30, "four spans up without alarms")

    def start(self):
        os.makedirs(self.dir, exist_ok=True)
        os.makedirs("/run/opentdm", exist_ok=True)
        os.makedirs("/var/lib/opentdm/recordings", exist_ok=True)
        os.makedirs("/var/lib/opentdm/sounds", exist_ok=True)
        for end, name in VOICES.items():
            with wave.open(f"{VOICE}/{name}") as f:
                frames = f.readframes(SPEAK * 8000)
            if len(frames) != SPEAK * 16000:
                raise ValueError(f"{name} is shorter than {SPEAK} s")
            with wave.open(f"/var/lib/opentdm/sounds/{end}.wav", "wb") as f:
                f.setnchannels(1)
                f.setsampwidth(2)
                f.setframerate(8000)
                f.writeframes(frames)
        for daemon in (self.world, self.pbx):
            log = open(f"{self.demo.out}/{self.line}-{daemon.name}.log", "w")
            self.daemons.append(subprocess.Popen(
                ["tdmd", "--foreground", "--config", f"{HERE}/{daemon.name}-{self.line}.conf"], stdout=log, stderr=log))
        for daemon, process in zip((self.world, self.pbx), self.daemons):
            def there():
                if process.poll() is not None:
                    raise RuntimeError(f"{daemon.name} ended at once, status {process.returncode}; see its log")
                return os.path.exists(daemon.path)
            until(there, 30, f"{daemon.name}'s socket")
            daemon.listen()

    def dchannels(self):
        def up(daemon):
            groups = daemon.get("/groups")
            return len(groups) == 2 and all(g["state"] == "up" for g in groups)
        for daemon in (self.world, self.pbx):
            until(lambda: up(daemon), 60, f"both groups of {daemon.name} up")

    def call(self):
        caller = self.world.post("/channels", endpoint="PRI/exchange/2001", app="demo",
                                 callerId='"Caller" <4930123456>', timeout=60)
        self.a = caller["id"]
        made = self.world.wait(lambda e: e["type"] == "ChannelCreated" and e["channel"]["id"] != self.a and
                               e["channel"]["dialplan"]["exten"] == "2001")
        self.b = made["channel"]["id"]
        record = {"from": caller["caller"]["number"], "to": "2001", "cause": None, "digits": self.heard, "line": self.line}
        self.demo.calls.append(record)
        self.record = record
        return f"it arrives at the far end, from {made['channel']['caller']['number']}"

    def answered(self):
        for sid in (self.a, self.b):
            until(lambda: self.world.get(f"/channels/{sid}")["state"] == "Up", 30, f"{sid} up")
        bridge = until(lambda: next((b for b in self.pbx.get("/bridges") if len(b["channels"]) == 2), None), 30,
                       "a bridge of two at the PBX")
        self.bridge = bridge["id"]
        self.members = bridge["channels"]
        self.path("user")

    def path(self, mode):
        self.pbx.post(f"/bridges/{self.bridge}/path", mode=mode)
        until(lambda: self.pbx.get(f"/bridges/{self.bridge}")["path"] == mode, 20, f"the {mode} path")

    def ends(self):
        return (("a", self.a), ("b", self.b))

    def speak(self):
        for end, sid in self.ends():
            for direction in ("in", "out"):
                self.world.post(f"/channels/{sid}/record", name=f"{self.line}-{end}-{direction}", format="wav",
                                direction=direction)
        names = {f"{self.line}-{end}-{direction}" for end in "ab" for direction in ("in", "out")}
        for name in names:
            self.world.wait(lambda e: e["type"] == "RecordingStarted" and e["recording"]["name"] == name)
        for end, sid in self.ends():
            self.world.post(f"/channels/{sid}/play", media=f"sound:{end}", playbackId=f"{self.line}-{end}")
        for end, _ in self.ends():
            self.world.wait(lambda e: e["type"] == "PlaybackStarted" and e["playback"]["id"] == f"{self.line}-{end}")
        told = []
        for mode in ("kernel", "user"):
            before = self.spoken()
            until(lambda: self.spoken() >= before + SWITCH, 60, f"{SWITCH} s of voice")
            mark = len(self.pbx.events)
            self.path(mode)
            change = self.pbx.wait(lambda e: e["type"] == "BridgePathChanged" and e["path"] == mode, 20, mark)
            self.note(change)
            told.append(f"{mode} path: {change['delta'][0]:+d}/{change['delta'][1]:+d} frames")
        for end, _ in self.ends():
            self.world.wait(lambda e: e["type"] == "PlaybackFinished" and e["playback"]["id"] == f"{self.line}-{end}", 60)
        time.sleep(1)  # what is still on its way
        for name in names:
            self.world.post(f"/recordings/live/{name}/stop")
        for name in names:
            self.world.wait(lambda e: e["type"] in ("RecordingFinished", "RecordingFailed") and e["recording"]["name"] == name)
        self.read()
        return "; ".join(told)

    def spoken(self):
        """Whole seconds that both have sent: a busy machine's clock may be ahead of its lines"""
        return min(self.world.get(f"/recordings/live/{self.line}-{end}-out")["duration"] for end in "ab")

    def note(self, change):
        """delta is that of member 0's octets to member 1, then the reverse; member 0 is the caller's leg or not"""
        ab, ba = change["delta"]
        first = self.pbx.get(f"/channels/{self.members[0]}")
        if first["outgoing"]:  # member 0 is the called side: its octets go to the caller
            ab, ba = ba, ab
        self.changes["b"].append(ab)
        self.changes["a"].append(ba)

    def read(self):
        self.octets = {}
        for end in "ab":
            for direction, name in (("in", "received"), ("out", "sent")):
                tag, octets = wav.read(f"/var/lib/opentdm/recordings/{self.line}-{end}-{direction}.wav")
                if tag != self.facts["law"]:
                    raise ValueError(f"the recording {end}-{direction} has WAVE format {tag}")
                self.octets[end, name] = octets
                os.makedirs(f"{self.dir}/whole", exist_ok=True)
                wav.write(f"{self.dir}/whole/{end}-{name}.wav", tag, octets)

    def sent(self):
        """what each end sent against its prompt, by a G.711 that is not the daemon's"""
        law = wav.Law(self.facts["law"])
        for end in "ab":
            with wave.open(f"/var/lib/opentdm/sounds/{end}.wav") as f:
                samples = array.array("h", f.readframes(SPEAK * 8000))
            coded, sent = law.encode(samples), self.octets[end, "sent"]
            places = (sent.find(coded[i:i + 24]) - i for i in range(4000, len(coded) - 4000, 400)
                      if sent.count(coded[i:i + 24]) == 1)
            at = next((place for place in places if place >= 0), None)
            if at is None or len(sent) < at + len(samples):
                raise compare.Mismatch(f"end {end} did not send its prompt whole")
            wrong = law.wrong(sent[at:at + len(samples)], samples)
            if wrong is not None:
                raise compare.Mismatch(f"end {end} sent {sent[at + wrong]:#x} for a sample of {samples[wrong]}, at {wrong}")
            self.octets[end, "voice"] = (at, at + len(samples))
        return f"2 x {SPEAK} s"

    def runs(self, end):
        if end not in self.found:
            other = "b" if end == "a" else "a"
            first, last = self.octets[other, "voice"]
            # silence at either end of a prompt proves nothing and cannot be placed
            self.found[end] = compare.check(self.octets[other, "sent"], self.octets[end, "received"], first + 4000,
                                            last - 4000, self.changes[end], self.facts["idle"])
        return self.found[end]

    def phase(self, path):
        os.makedirs(f"{self.dir}/{path}", exist_ok=True)
        lengths = []
        for end in "ab":
            other = "b" if end == "a" else "a"
            run = self.runs(end)[1 if path == "kernel" else 0]
            begin = max(run.start, -run.shift)
            received = self.octets[end, "received"][begin:run.end]
            sent = self.octets[other, "sent"][begin + run.shift:run.end + run.shift]
            wav.write(f"{self.dir}/{path}/{end}-received.wav", self.facts["law"], received)
            wav.write(f"{self.dir}/{path}/{other}-sent.wav", self.facts["law"], sent)
            if received != sent:
                raise compare.Mismatch(f"end {end} did not receive what {other} sent")
            if len(received) < (SWITCH - 2) * 8000:  # the delay of the path itself comes off
                raise compare.Mismatch(f"only {len(received)} octets at end {end}")
            lengths.append(len(received))
        return f"{lengths[0]} and {lengths[1]} octets"

    def whole(self):
        told = []
        for end in "ab":
            runs = self.runs(end)
            told.append(f"{end}: " + ", ".join(f"{b.shift - a.shift:+d}" for b, a in zip(runs, runs[1:])))
        return "; ".join(told)

    def digits(self):
        for sender, receiver in (("a", "b"), ("b", "a")):
            sid = {"a": self.a, "b": self.b}
            mark = len(self.world.events)
            self.world.post(f"/channels/{sid[sender]}/dtmf", dtmf=DIGITS[sender])
            for _ in DIGITS[sender]:
                event = self.world.wait(lambda e: e["type"] == "ChannelDtmfReceived" and
                                        e["channel"]["id"] == sid[receiver], 20, mark)
                mark = self.world.events.index(event) + 1
                self.heard[receiver] += event["digit"]
            if self.heard[receiver] != DIGITS[sender]:
                raise ValueError(f"{DIGITS[sender]} was sent, {self.heard[receiver]} arrived")
        return f"{DIGITS['a']} to the far end, {DIGITS['b']} back"

    def release(self):
        self.world.delete(f"/channels/{self.b}", reason_code=CAUSE)
        ended = self.world.wait(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == self.a)
        self.record["cause"] = ended["cause"]
        if ended["cause"] != CAUSE:
            raise ValueError(f"the caller hears of cause {ended['cause']}, {CAUSE} was given")
        for daemon in (self.world, self.pbx):
            until(lambda: not daemon.get("/channels") and not daemon.get("/bridges"), 20, f"no channel left in {daemon.name}")
        return f"cause {CAUSE} arrives at the caller"

    def idle(self):
        def free():
            slots = json.loads(subprocess.check_output(["tdmctl", "slot", "list", "--json"]))
            dchannel = 16 if self.line == "e1" else 24
            return all(not s["owner"] for s in slots if s["slot"] != dchannel)
        until(free, 20, "no owner but of D-channels")

    def stop(self):
        for process in self.daemons:
            process.terminate()
        for process in self.daemons:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        subprocess.run(["tdmctl", "virt", "del", "virt0"], check=False)


def ladder(demo):
    print("\n--- Q.931 on the D-channels, from the captured frames", flush=True)
    subprocess.run(["/build/bin/ladder", f"{demo.out}/dchan.pcap"], check=True)
    text = subprocess.check_output(["tshark", "-r", f"{demo.out}/dchan.pcap", "-Y", "q931", "-T", "fields",
                                    "-e", "q931.message_type"], stderr=subprocess.DEVNULL).decode().split()
    setups, wanted = sum(1 for t in text if int(t, 0) == 5), 2 * len(demo.calls)
    if setups != wanted:  # the PBX captures both of its D-channels: one SETUP comes in, one goes out
        raise ValueError(f"tshark finds {setups} SETUP messages, not {wanted}")
    return f"tshark decodes {len(text)} Q.931 messages, {setups} of them SETUP"


def main():
    demo = Demo(sys.argv[1])
    try:
        for line in sys.argv[2:]:
            Call(demo, line).run()
        demo.step("the ladder", ladder, demo)
    finally:
        verdict = demo.finish()
    print(f"\nverdict: {verdict}")


main()
