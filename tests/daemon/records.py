# SPDX-License-Identifier: GPL-2.0-or-later
"""Call records of the whole program: what a client was told is on record, whenever tdmd is killed."""
import os
import random
import re
import signal
import sqlite3
import threading
import time

from client import Api, Lines, Listener, until, want

CONF = """[api]
socket = {dir}/sock
[records]
journal = {dir}/journal
database = {dir}/db
[route 2*]
action = answer
[route 3*]
action = refuse
cause = 17
"""
LONG = os.environ.get("OPENTDM_LONG") == "1"


def rows(w, sql):
    db = sqlite3.connect(f"file:{w.dir}/db?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


class Witness(threading.Thread):
    """What a client is told of channels, until the daemon is gone"""

    def __init__(self, path):
        super().__init__()
        self.lines, self.up, self.ended = Lines(path), set(), {}
        self.start()

    def run(self):
        try:
            while True:
                event = self.lines.next()
                channel = event.get("channel", {})
                if event["type"] == "ChannelStateChange" and channel["state"] == "Up":
                    self.up.add(channel["id"])
                if event["type"] == "ChannelHangupRequest":
                    self.ended[channel["id"]] = event["cause"]
        except (EOFError, OSError, ValueError):
            self.lines.close()


def caller(path, dice, stop):
    """Calls, moves and hang-ups, as fast as they are answered"""
    api, mine = Api(path), []
    try:
        while not stop.is_set():
            number = dice.choice(("2001", "2001", "2001", "3001"))
            answer = api.ask("POST", "/channels", endpoint=f"Local/{number}", app="x", callerId="4711")
            if answer.status == 200:
                mine.append(answer.json["id"])
            if len(mine) > 2 and dice.random() < 0.3:
                api.ask("POST", f"/channels/{mine[-1]}/move", source=mine[-2])
            if len(mine) > 8:
                api.ask("DELETE", f"/channels/{mine.pop(dice.randrange(len(mine)))}")
    except (EOFError, OSError):
        pass


def one_kill(w, dice):
    p = w.start()
    Listener(w.path, "x")
    witness, stop = Witness(w.path), threading.Event()
    callers = [threading.Thread(target=caller, args=(w.path, random.Random(dice.random()), stop)) for _ in range(3)]
    for c in callers:
        c.start()
    until(lambda: len(witness.up) > 5, "calls that are up")
    time.sleep(dice.random())
    w.end(p, signal.SIGKILL)
    stop.set()
    for thread in (*callers, witness):
        thread.join()
    return witness


def killed(w):
    """Every answer and every end that a client was told of, however tdmd was killed"""
    seed = int(os.environ.get("OPENTDM_SEED", time.time_ns() % 1000000))
    print(f"# OPENTDM_SEED={seed}", flush=True)
    dice = random.Random(seed)
    w.write(CONF)
    for _ in range(100 if LONG else 3):
        witness = one_kill(w, dice)
        left = os.path.getsize(f"{w.dir}/journal")
        w.end(w.start())  # which takes over
        want(left and os.path.getsize(f"{w.dir}/journal") == 0, "the journal was not taken over", left)
        # A kill may cut a write() at the end of a page: one a thread of the pool, none of which had returned.
        cut = re.search(r"(\d+) lines of the journal are damaged", w.log())
        want(not cut or int(cut[1]) <= 2, w.log())
        last, = rows(w, "SELECT max(run) FROM calls")[0]
        got = {sid: (answer, end, cause, how) for sid, answer, end, cause, how in rows(
            w, f"SELECT sid, answer_us, end_us, cause, disposition FROM calls WHERE run = {last}")}
        for sid in witness.up:
            want(sid in got and got[sid][0], "a client was told that it is up:", sid, got.get(sid))
        for sid, cause in witness.ended.items():
            want(sid in got and got[sid][1] and (got[sid][2], got[sid][3] == "interrupted") == (cause, False),
                 "a client was told that it ended with", cause, sid, got.get(sid))
        want(all(end for _, end, _, _ in got.values()), "a call of a killed daemon has no end", got)
        want(any(how == "interrupted" for _, _, _, how in got.values()), "no call was up at all")
    want(not rows(w, "SELECT 1 FROM history h LEFT JOIN calls c USING (run, call) WHERE c.sid IS NULL"),
         "steps of no call")


def asked(w):
    """The resource, its limits and its refusals"""
    w.write(CONF)
    p = w.start()
    api, _ = Api(w.path), Listener(w.path, "x")
    for number in ("2001", "3001"):
        api.expect(200, "POST", "/channels", endpoint=f"Local/{number}", app="x", callerId="815")
    until(lambda: [c["state"] for c in api.expect(200, "GET", "/channels")] == ["Up", "Up"],
          "the one call is up, and the refused one has ended")
    got = api.expect(200, "GET", "/records", number="815", limit=10)
    want(len(got) == 4 and got == sorted(got, key=lambda r: (-r["start_us"], -int(r["id"].split("-")[1]))), got)
    want({r["disposition"] for r in got if r["called"] == "3001"} == {"busy"}, got)
    want(all(r["answer_us"] and not r["end_us"] for r in got if r["called"] == "2001"), got)
    want(len({r["linked"] for r in got}) == 2, "two legs are one call", got)
    one = api.expect(200, "GET", f"/records/{got[0]['id']}")
    want([s["event"] for s in one["history"]][0] == "start", one)
    want(len(api.expect(200, "GET", "/records", limit=1)) == 1, "limit")
    want(not api.expect(200, "GET", "/records", before=got[-1]["start_us"], number="815"), "before")
    for params in ({"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"before": "-1"}, {"before": "1e9"},
                   {"before": 2 ** 63}, {"number": ""}, {"number": "1" * 32}, {"nonsense": 1}):
        api.expect(400, "GET", "/records", **params)
    for name in ("1-1", "1-", "-", "x", "1-1-1", "9" * 30 + "-1", "1" * 70):
        api.expect(404, "GET", f"/records/{name}")
    api.expect(405, "DELETE", f"/records/{got[0]['id']}")
    w.end(p)
    want(not rows(w, "SELECT 1 FROM calls WHERE end_us IS NULL"), "calls that tdmd cleared itself have an end")


def refused(w):
    """Starts that must not be"""
    w.write(CONF)
    db = sqlite3.connect(f"{w.dir}/db")
    version, = db.execute("PRAGMA user_version").fetchone()
    db.execute("PRAGMA user_version = 99")
    status, _, err = w.run("-c", w.conf)
    want(status == 1 and "99" in err and f"{w.dir}/db" in err and "newer" in err, status, err)
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    p = w.start()
    status, _, err = w.run("-c", w.conf, "-s", f"{w.dir}/other")
    want(status == 1 and f"{w.dir}/journal" in err and "another" in err, status, err)
    w.end(p)
    for bad in (CONF.replace("journal = {dir}/journal\n", ""), CONF.replace("database = {dir}/db\n", ""),
                CONF.replace("{dir}/db", "{dir}/journal"), CONF.replace("[route 2*]", "failure = maybe\n[route 2*]", 1)):
        w.write(bad)
        status, _, err = w.run("-c", w.conf, "--check")
        want(status == 1 and ("records" in err or "failure" in err), bad, status, err)
    w.write("[api]\nsocket = {dir}/sock\n")
    p = w.start()
    Api(w.path).expect(501, "GET", "/records")
    w.end(p)


CASES = (("call records: SIGKILL loses nothing", killed), ("call records: asked for", asked),
         ("call records: refused", refused))
