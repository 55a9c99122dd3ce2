#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGHUP: groups are added, changed and removed while a call on others goes on; a wrong configuration changes
nothing. One tdmd is both ends of two lines: groups a-b on ports 1-2, c-d on 3-4. Runs in the guest; TAP."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "demo"))
from ari import Daemon, Refused, until  # noqa: E402

HEAD = """
[api]
socket = {dir}/sock
"""
GROUPS = {
    "a": "spans = {card}:1\nside = user\n", "b": "spans = {card}:2\nside = network\nselect = descending\n",
    "c": "spans = {card}:3\nside = user\n", "d": "spans = {card}:4\nside = network\nselect = descending\n",
}
TAIL = """
[route *]
action = {action}
"""
count = bad = 0


def ok(good, sentence):
    global count, bad
    count += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {count} - {sentence}", flush=True)


def tdmctl(*argv):
    return subprocess.run(["tdmctl", *argv], check=True, stdout=subprocess.PIPE, text=True).stdout


class Test:
    def __init__(self):
        self.dir = tempfile.mkdtemp()
        before = {c["card"] for c in json.loads(tdmctl("card", "list", "--json"))}
        tdmctl("virt", "add", "--ports", "4", "--type", "e1")
        self.card = ({c["card"] for c in json.loads(tdmctl("card", "list", "--json"))} - before).pop()
        for a, b in ((1, 2), (3, 4)):
            tdmctl("virt", "join", f"{self.card}:{a}", f"{self.card}:{b}")
        for port in range(1, 5):
            tdmctl("span", "up", f"{self.card}:{port}")
        self.path = f"{self.dir}/tdmd.conf"
        self.log = open(f"{self.dir}/log", "w+")

    def write(self, names, action="answer", more="", extra=None):
        text = HEAD + "".join(f"[group {n}]\n{GROUPS[n]}{(extra or {}).get(n, '')}" for n in names) + TAIL + more
        with open(self.path, "w") as f:
            f.write(text.format(dir=self.dir, card=self.card, action=action))

    def start(self):
        self.process = subprocess.Popen(["tdmd", "-c", self.path], stdout=self.log, stderr=self.log)
        self.api = Daemon("tdmd", f"{self.dir}/sock")
        until(lambda: os.path.exists(self.api.path), 30, "the socket")

    def text(self):
        with open(f"{self.dir}/log") as f:
            return f.read()

    def reload(self, says):
        before = self.text().count(says)
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.text().count(says) > before, 30, f"'{says}' in the log")

    def groups(self):
        return {g["name"]: g for g in self.api.get("/groups")}

    def all_up(self, names):
        until(lambda: set(self.groups()) == set(names) and all(g["state"] == "up" for g in self.groups().values()),
              60, f"groups {names} up")
        return True

    def call(self, group):
        """A call that is up; the id of its calling channel"""
        sid = self.api.post("/channels", endpoint=f"PRI/{group}/2001", app="test")["id"]
        until(lambda: self.state(sid) == "Up", 30, "the call up")
        return sid

    def state(self, sid):
        try:
            return self.api.get(f"/channels/{sid}")["state"]
        except Refused:
            return "gone"

    def run(self):
        self.write("ab")
        self.start()
        ok(self.all_up("ab"), "two groups come up")
        frames = 0
        first = self.call("a")
        self.write("abcd")
        self.reload("was read again")
        ok(self.all_up("abcd"), "two are added")
        ok(self.state(first) == "Up", "the call on the others goes on")
        second = self.call("c")
        self.write("abcd", extra={"c": "max-calls = 1\n"})
        self.reload("was read again")
        until(lambda: self.state(second) == "gone", 30, "the call of the changed group gone")
        ok(self.all_up("abcd"), "a changed group is started anew, its call ends")
        ok(self.state(first) == "Up" and self.groups()["a"]["calls"] == 1, "the call on the others goes on")
        third = self.call("c")
        try:
            self.api.post("/channels", endpoint="PRI/c/2001", app="test")
            ok(False, "the changed group's new limit holds")
        except Refused as refused:
            ok("max-calls" in str(refused), f"the changed group's new limit holds: {refused}")
        frames = self.groups()["a"]["frames_received"]
        for wrong in ("[group e]\nspans = nothing\nside = user\n", "[nonsense]\n", "[route 5]\naction = bridge\n"):
            self.write("ab", more=wrong)
            self.reload("old configuration stays")
        ok(set(self.groups()) == set("abcd"), "a wrong configuration changes nothing")
        ok(self.state(first) == "Up" and self.state(third) == "Up", "all calls go on")
        os.unlink(self.path)
        self.reload("old configuration stays")
        ok(set(self.groups()) == set("abcd"), "nor does one that is not there")
        self.write("ab", action="refuse\ncause = 21")
        self.reload("was read again")
        ok(set(self.groups()) == set("ab") and self.state(third) == "gone", "two are removed with their call")
        ok(self.state(first) == "Up" and self.groups()["a"]["frames_received"] >= frames,
           "the call on the others goes on, and so do their counters")
        sid = self.api.post("/channels", endpoint="PRI/a/2001", app="test")["id"]
        until(lambda: self.state(sid) == "gone", 30, "a refusal")
        ok(True, "the new route holds")
        self.api.delete(f"/channels/{first}")
        until(lambda: not self.api.get("/channels"), 30, "no call left")
        self.process.terminate()
        ok(self.process.wait(60) == 0, "tdmd ends cleanly")


def main():
    test = Test()
    try:
        test.run()
    except Exception as error:  # whatever broke is a failed test with its sentence
        ok(False, f"{type(error).__name__}: {error}")
    finally:
        if bad:
            print("".join("# tdmd: " + x for x in test.text().splitlines(True)[-40:]))
        test.process.kill()
        tdmctl("virt", "del", test.card)
    print(f"1..{count}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
