#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An application on npm's ari-client, pri.js, whose calls go over ISDN lines. TAP. Runs in the guest.

Both far ends are the outside world's (pair.py): from there calls are made, digits dialled and sounds played, and what
arrives there is recorded and held against what was sent: octet for octet where two talk, by tones where three do.

usage: pri.py FOLDER, in which node finds ari-client
"""
import cmath
import math
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, f"{HERE}/../selftests/calls")
from pair import (RECORDINGS, SOUNDS, clear, ends, ok, pbx, processes, put_away, quiet,  # noqa: E402
                  recording, seed, setup, verdict, want, world)
import compare  # noqa: E402
import wav  # noqa: E402
from ari import until  # noqa: E402

ROUNDS = 10 if os.environ.get("OPENTDM_LONG") else 1
TONES = {"caller": 450, "2005": 850}
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
    """The channel of the world on which a call for that number arrives; up"""
    event = world.wait(lambda e: e["type"] == "ChannelCreated" and e["channel"]["dialplan"]["exten"] == number, 60, mark)
    sid = event["channel"]["id"]
    until(lambda: world.get(f"/channels/{sid}")["state"] == "Up", 60, f"{number} answers")
    return sid


def talk(of, sound, to, name):
    """What to hears while of says that sound, in runs that are just it"""
    def both():
        playing = world.post(f"/channels/{of}/play", media=f"sound:{sound}")["id"]
        time.sleep(3)
        world.delete(f"/playbacks/{playing}")
    with open(f"{SOUNDS}/{sound}.alaw", "rb") as f:
        return compare.runs(f.read(), recording(to, name, "in", both))


def level(octets, hz):
    """dBm0 of a tone in A-law octets"""
    table = [expand(o) for o in range(256)]
    mean = sum(table[o] * cmath.exp(-2j * math.pi * hz * i / 8000) for i, o in enumerate(octets)) / len(octets)
    # A sine of the largest amplitude is 3.14 dBm0 (G.711 table 5).
    return 20 * math.log10(max(2 * abs(mean) / 32768, 1e-6)) + 3.14


def expand(octet):
    """G.711 table 1a, from 13 to 16 bits"""
    octet ^= 0x55
    segment, step = octet >> 4 & 7, octet & 15
    magnitude = (step << 4) + 8 if not segment else (step << 4) + 0x108 << segment - 1
    return magnitude if octet & 0x80 else -magnitude


def tones():
    law = wav.Law(wav.ALAW)
    for name, hz in TONES.items():
        samples = [round(8000 * math.sin(2 * math.pi * hz * i / 8000)) for i in range(60 * 8000)]
        with open(f"{SOUNDS}/tone-{name}.alaw", "wb") as f:
            f.write(law.encode(samples))


def begin(modules):
    setup(f"{HERE}/pri.conf")
    with open(f"{SOUNDS}/b.alaw", "rb") as f, open(f"{SOUNDS}/prompt.alaw", "wb") as prompt:
        prompt.write(f.read(3 * 8000))
    tones()
    with open("/out/node.log", "w") as log:
        processes["node"] = subprocess.Popen(["node", f"{HERE}/pri.js", "http://127.0.0.1:8088", "pbx", "secret"],
                                             env=dict(os.environ, NODE_PATH=modules), stdout=log, stderr=log)
    until(lambda: any(app["name"] == "ivr" for app in pbx.get("/applications")), 240, "the application")


def ivr(caller):
    heard = recording(caller, "heard", "in", lambda: (order("prompt"), done("prompt"), time.sleep(0.5)))
    with open(f"{SOUNDS}/prompt.alaw", "rb") as f:
        found = compare.runs(f.read(), heard)
    ok(len(found) == 1 and found[0].end - found[0].start == 3 * 8000, "the prompt arrives octet for octet, whole", found)

    order("collect")
    user_event("listening")
    world.post(f"/channels/{caller}/dtmf", dtmf="12A9#")
    ok(done("collect")["digits"] == "12A9#", "digits that were dialled are collected")

    order("record")
    done("record")
    playing = world.post(f"/channels/{caller}/play", media="sound:a")["id"]
    time.sleep(3)
    world.delete(f"/playbacks/{playing}")
    world.post(f"/channels/{caller}/dtmf", dtmf="#")
    user_event("recorded")
    with open(f"{SOUNDS}/a.alaw", "rb") as f:
        found = compare.runs(f.read(), wav.read(f"{RECORDINGS}/message.wav")[1])
    ok(found and found[0].end - found[0].start > 12000, "the caller is recorded octet for octet", found)


def desks(caller):
    mark = len(world.events)
    order("bridge")
    desk = arrives("2001", mark)
    done("bridge")
    for of, sound, to, what in ((caller, "a", desk, "the desk hears the caller"), (desk, "b", caller, "the caller the desk")):
        found = talk(of, sound, to, f"two-{sound}")
        ok(len(found) == 1 and found[0].end - found[0].start > 12000, f"{what}, octet for octet", found)

    mark = len(world.events)
    order("transfer")
    third = arrives("2004", mark)
    done("transfer")
    for sid in (caller, third):
        want(world.get(f"/channels/{sid}")["state"] == "Up", "it was not to end", sid)
    found = talk(caller, "a", third, "third")
    ok(len(found) == 1 and found[0].end - found[0].start > 12000, "transferred: the third hears the caller", found)


def conference(caller):
    mark = len(world.events)
    order("conference")
    members = {"caller": caller, "2005": arrives("2005", mark), "2006": arrives("2006", mark)}
    ok(done("conference")["members"] == "3", "three are in a conference")
    for name in TONES:
        world.post(f"/channels/{members[name]}/play", media=f"sound:tone-{name}")
    time.sleep(1)
    sent = 20 * math.log10(8000 / 32768) + 3.14
    for name, sid in members.items():
        octets = recording(sid, f"conference-{name}", "in", lambda: time.sleep(2))[-8000:]
        levels = {of: round(level(octets, hz), 1) for of, hz in TONES.items()}
        good = all(levels[of] < -50 if of == name else abs(levels[of] - sent) < 0.5 for of in TONES)
        ok(good, f"{name} hears the others, each as loud as it is, and not itself: {levels}", f"sent: {sent:.1f}")


def one_call():
    caller = world.post("/channels", endpoint="PRI/exchange/3001", app="x", timeout=60)["id"]
    until(lambda: world.get(f"/channels/{caller}")["state"] == "Up", 60, "answered")
    ok(True, "the application answers")
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
