#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An application on npm's ari-client, pri.js, whose calls go over ISDN lines. TAP. Runs in the guest.

Both far ends are the outside world's (pair.py): from there calls are made, digits dialled and sounds played, and what
arrives there is recorded and held against what was sent: octet for octet where two talk, by tones where three do, which
are as loud in what the API and tdmctl top tell.

usage: pri.py FOLDER, in which node finds ari-client
"""
import cmath
import itertools
import math
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, f"{HERE}/../selftests/calls")
from pair import (IDLE, RECORDINGS, SOUNDS, clear, ctl, ends, ok, pbx, processes, put_away, quiet,  # noqa: E402
                  recorded, recording, seed, setup, verdict, want, world)
import compare  # noqa: E402
import wav  # noqa: E402
from ari import until  # noqa: E402

ROUNDS = 10 if os.environ.get("OPENTDM_LONG") else 1
# Who says which tone in the conference: Hz, and the amplitude of 16 bits.
TONES = {"3001": (450, 8000), "2005": (850, 3000)}
SAID = 8000     # octets of a and b that are said in one go
names = (f"heard-{n}" for n in itertools.count())
said = []       # user events of the PBX are looked for from here on


def user_event(name, seconds=90):
    event = pbx.wait(lambda e: e["type"] == "ChannelUserevent" and e["eventname"] == name, seconds, said[-1])
    return event["userevent"]


def order(step):
    said.append(len(pbx.events))
    pbx.post(f"/events/user/{step}", application="ivr")


def done(step):
    result = user_event("done")
    want(result["step"] == step and "error" not in result, result)
    return result


def arrives(number, mark):
    """The channel of the world on which a call for that number arrives, from the desk; up"""
    event = world.wait(lambda e: e["type"] == "ChannelCreated" and e["channel"]["dialplan"]["exten"] == number, 60,
                       mark)
    sid = event["channel"]["id"]
    until(lambda: world.get(f"/channels/{sid}")["state"] == "Up", 60, f"{number} answers")
    want(event["channel"]["caller"]["number"] == "3000", "its caller:", event["channel"]["caller"])
    return sid


def say(of, sound):
    playing = world.post(f"/channels/{of}/play", media=f"sound:{sound}")["id"]
    world.wait(lambda e: e["type"] == "PlaybackFinished" and e["playback"]["id"] == playing, 60)


def whole(sound, octets):
    """What of that sound is among those octets, and whether it is all of it in one piece"""
    with open(f"{SOUNDS}/{sound}.alaw", "rb") as f:
        found = compare.runs(f.read(SAID), octets)
    return found, [run.end - run.start for run in found] == [SAID]


def talk(*ways):
    """Each of (who says which sound, to whom, the sentence): heard octet for octet"""
    until(lambda: all(b["path"] == "kernel" for b in pbx.get("/bridges")), 60, "the kernel joins them")
    for of, sound, to, sentence in ways:
        found, good = whole(sound, recording(to, next(names), "in", lambda of=of, sound=sound: say(of, sound)))
        ok(good, f"{sentence}, octet for octet", found)


def dbm0(square):
    """Of the mean of the squares of 16-bit samples: a sine of the largest amplitude is 3.14 dBm0 (G.711 table 5)"""
    return 10 * math.log10(max(2 * square, 0.01)) - 20 * math.log10(32768) + 3.14


def level(octets, hz):
    """dBm0 of a tone in A-law octets"""
    table = [expand(o) for o in range(256)]
    mean = sum(table[o] * cmath.exp(-2j * math.pi * hz * i / 8000) for i, o in enumerate(octets)) / len(octets)
    return dbm0(2 * abs(mean) ** 2)


def expand(octet):
    """G.711 table 1a, from 13 to 16 bits"""
    octet ^= 0x55
    segment, step = octet >> 4 & 7, octet & 15
    magnitude = (step << 4) + 8 if not segment else (step << 4) + 0x108 << segment - 1
    return magnitude if octet & 0x80 else -magnitude


def sounds():
    law = wav.Law(wav.ALAW)
    for name, (hz, amplitude) in TONES.items():
        second = law.encode([round(amplitude * math.sin(2 * math.pi * hz * i / 8000)) for i in range(8000)])
        with open(f"{SOUNDS}/tone-{name}.alaw", "wb") as f:
            f.write(second * 600)
    for name in "ab":
        with open(f"{SOUNDS}/{name}.alaw", "rb") as long, open(f"{SOUNDS}/some-{name}.alaw", "wb") as f:
            # The silence takes longer than the way: when it is over, what was said has arrived.
            f.write(long.read(SAID) + bytes([IDLE]) * 4000)
    os.link(f"{SOUNDS}/some-b.alaw", f"{SOUNDS}/prompt.alaw")


def begin(modules):
    setup(f"{HERE}/pri.conf")
    sounds()
    with open("/out/node.log", "w") as log:
        processes["node"] = subprocess.Popen(["node", f"{HERE}/pri.js", "http://127.0.0.1:8088", "pbx", "secret"],
                                             env=dict(os.environ, NODE_PATH=modules), stdout=log, stderr=log)
    until(lambda: any(app["name"] == "ivr" for app in pbx.get("/applications")), 240, "the application")


def ivr(caller):
    found, good = whole("prompt", recording(caller, next(names), "in", lambda: (order("prompt"), done("prompt"))))
    ok(good, "the prompt arrives octet for octet, whole", found)

    order("collect")
    user_event("listening")
    world.post(f"/channels/{caller}/dtmf", dtmf="12A9#")
    ok(done("collect")["digits"] == "12A9#", "digits that were dialled are collected")

    order("record")
    done("record")
    say(caller, "some-a")
    world.post(f"/channels/{caller}/dtmf", dtmf="#")
    user_event("recorded")
    found, good = whole("some-a", wav.read(f"{RECORDINGS}/message.wav")[1])
    ok(good, "the caller is recorded octet for octet", found)


def desks(caller):
    mark = len(world.events)
    order("bridge")
    desk = arrives("2001", mark)
    done("bridge")
    talk((caller, "some-a", desk, "the desk hears the caller"), (desk, "some-b", caller, "the caller the desk"))

    mark = len(world.events)
    order("consult")
    second, third = arrives("2003", mark), arrives("2004", mark)
    done("consult")
    talk((second, "some-a", third, "the third is asked"), (third, "some-b", second, "and says something"),
         (desk, "some-b", caller, "meanwhile the caller hears the desk"))

    mark = len(world.events)
    order("transfer")
    done("transfer")
    for sid in (desk, second):
        cause = world.wait(lambda e, sid=sid: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == sid, 60,
                           mark)["cause"]
        want(cause == 16, "the desk's calls were to be cleared normally:", cause)
    for sid in (caller, third):
        want(world.get(f"/channels/{sid}")["state"] == "Up", "it was not to end", sid)
    ok(True, "an attended transfer clears both calls of the desk, and no other")
    talk((caller, "some-a", third, "the third hears the caller"), (third, "some-b", caller, "the caller the third"))


def tells(shown, amplitudes):
    """Whether a level that is shown is that of such tones, within 1 dB; where there is none it is quiet"""
    loud = dbm0(sum(a * a / 2 for a in amplitudes))
    return shown is not None and (abs(shown - loud) <= 1 if amplitudes else shown < -50)


def looks(shown):
    """What the API and tdmctl top say how loud the three are now, into shown; whether it is right"""
    levels = {one["channel"]: one for one in pbx.get("/levels")}
    rows = ctl("top", "--once").splitlines()
    good = []
    for channel in pbx.get("/channels"):
        number = channel["dialplan"]["exten"]
        spoken = [a for name, (_, a) in TONES.items() if name == number]
        heard = [a for name, (_, a) in TONES.items() if name != number]
        row = next((row.split()[-1] for row in rows if row.startswith(f"{channel['name'][:26]} ")), "")
        top = [int(level) for level in re.findall(r"-?\d+(?=/|$)", row)]
        api = [levels.get(channel["id"], {}).get(way, {}).get("mean") for way in ("in", "out")]
        shown[number] = api, row
        good.append(len(top) == 2 and all(tells(api[way], of) and tells(top[way], of)
                                          for way, of in enumerate((spoken, heard))))
    return good == [True] * 3


def conference(caller):
    mark = len(world.events)
    order("conference")
    members = {"3001": caller, "2005": arrives("2005", mark), "2006": arrives("2006", mark)}
    ok(done("conference")["members"] == "3", "three are in a conference")
    for name in TONES:
        world.post(f"/channels/{members[name]}/play", media=f"sound:tone-{name}")
    shown = {}
    try:
        until(lambda: looks(shown), 60, "levels")
        ok(True, f"the API and tdmctl top tell how loud each is, and is told: {shown}")
    except TimeoutError:
        ok(False, "the API and tdmctl top tell how loud each is, and is told", shown)
    files = {name: next(names) for name in members}
    for name, file in files.items():
        world.post(f"/channels/{members[name]}/record", name=file, format="wav", direction="in", maxDurationSeconds=2)
    for name, file in files.items():
        octets = recorded(file)[-8000:]
        levels = {of: round(level(octets, hz), 1) for of, (hz, _) in TONES.items()}
        good = all(levels[of] < -50 if of == name else abs(levels[of] - dbm0(a * a / 2)) < 0.5
                   for of, (_, a) in TONES.items())
        ok(good, f"{name} hears the others, each as loud as it is, and not itself: {levels}")


def one_call():
    caller = world.post("/channels", endpoint="PRI/exchange/3001", app="x", timeout=60)["id"]

    def state(name):
        return world.wait(lambda e: e["type"] == "ChannelStateChange" and e["channel"]["id"] == caller and
                          e["channel"]["state"] == name, 60)
    ok(state("Ringing")["seq"] < state("Up")["seq"], "the application rings, and answers")
    ivr(caller)
    desks(caller)
    conference(caller)
    order("bye")
    done("bye")
    cause = world.wait(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == caller)["cause"]
    ok(cause == 17, "the caller is told the cause", cause)
    quiet()
    ok(True, "every timeslot is idle again")


def main():
    print(f"# seed {seed}")
    try:
        begin(sys.argv[1])
        for _ in range(ROUNDS):
            one_call()
        processes.pop("node").terminate()
        ends()
    except Exception as error:  # a line of its own, and what else there is in the logs
        ok(False, "no exception", f"{type(error).__name__}: {error}")
        clear()
    finally:
        put_away()
    verdict()


main()
