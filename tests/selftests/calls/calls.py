#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls through a PBX on virtual E1 lines (pair.py), ordered and watched from outside. TAP. Runs in the guest.

usage: calls.py [WORD...]: just the cases that have one of the words in their name
"""
import os
import sys
import time

sys.dont_write_bytecode = True
from pair import (IDLE, RECORDINGS, SOUNDS, clear, ctl, end, ends, pbx, processes, put_away, quiet,  # noqa: E402
                  record, recorded, results, seed, setup, slots_idle, start, verdict, want, world)
import compare  # noqa: E402
from ari import until  # noqa: E402

SWITCHES = 50


def case(name, action, *args):
    if sys.argv[1:] and not any(word in name for word in sys.argv[1:] + ["two daemons", "both end"]):
        return
    try:
        action(*args)
        ok, why = True, ""
    except Exception as error:  # a failed case is a line of its own
        ok, why = False, f"{type(error).__name__}: {error}"
    results.append(ok)
    print(f"{'ok' if ok else 'not ok'} {len(results)} - {name}", flush=True)
    if why:
        clear()
        print("".join(f"# {line}\n" for line in why.splitlines()), end="", flush=True)


def call(number):
    """(the caller, the called one) in the world; both up"""
    mark = len(world.events)
    a = world.post("/channels", endpoint=f"PRI/exchange/{number}", app="x", timeout=30)["id"]
    b = world.wait(lambda e: e["type"] == "ChannelCreated" and e["channel"]["id"] != a and
                   e["channel"]["dialplan"]["exten"] == number, 30, mark)["channel"]["id"]
    for sid in (a, b):
        until(lambda: world.get(f"/channels/{sid}")["state"] == "Up", 30, f"{sid} up")
    return a, b


def bridge_of(number):
    """(bridge, the caller's leg, the called one's) at the PBX"""
    out = until(lambda: next((c for c in pbx.get("/channels") if c["outgoing"] and c["dialplan"]["exten"] == number and
                              c["bridge"]), None), 20, "a bridged call")
    br = next(b for b in pbx.get("/bridges") if out["id"] in b["channels"] and len(b["channels"]) == 2)
    return br["id"], next(c for c in br["channels"] if c != out["id"]), out["id"]


def cause_of(number, seconds=30):
    a = world.post("/channels", endpoint=f"PRI/exchange/{number}", app="x", timeout=30)["id"]
    return world.wait(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a, seconds)["cause"]


def refused(number, cause):
    got = cause_of(number)
    want(got == cause, f"cause {got}, not {cause}")
    quiet()


def move():
    (a, b1), (_, b2) = call("2001"), call("2002")
    br, _, dest = bridge_of("2001")
    _, _, source = bridge_of("2002")
    pbx.post(f"/bridges/{br}/path", mode="user")
    names = ("move-heard", a, "in"), ("move-old", b1, "out"), ("move-new", b2, "out")
    for name, sid, direction in names:
        record(sid, name, direction)
    for sid, sound in ((b1, "a"), (b2, "b")):
        world.post(f"/channels/{sid}/play", media=f"sound:{sound}")
    time.sleep(4)
    before = pbx.get(f"/channels/{source}")["leg"]
    ctl("call", "move", dest, source)
    want(pbx.get(f"/channels/{dest}")["leg"] == before, "not that leg")
    pbx.wait(lambda e: e["type"] == "ChannelMoved" and e["source"] == source)
    time.sleep(4)
    world.post("/recordings/live/move-heard/stop")
    world.post("/recordings/live/move-new/stop")
    heard, old, new = (recorded(name) for name, _, _ in names)
    first, second = compare.runs(old, heard), compare.runs(new, heard)
    want(len(first) == 1 and len(second) == 1, "unbroken runs of the old peer, of the new:", first, second)
    want(first[0].end <= second[0].start, "an old octet after a new one:", first, second)
    want(second[0].end - second[0].start > 16000, "little of the new peer:", second)
    gap = heard[first[0].end:second[0].start]
    want(all(octet == IDLE for octet in gap) and len(gap) <= 8000, f"{len(gap)} octets between, not idle")
    print(f"# move: {first[0].end - first[0].start} octets of the old peer, {len(gap)} idle, then "
          f"{second[0].end - second[0].start} of the new one")
    ctl("call", "hangup", dest)
    quiet()


def switching():
    a, b = call("2003")
    br, first, _ = bridge_of("2003")
    pbx.post(f"/bridges/{br}/path", mode="user")
    member = pbx.get(f"/bridges/{br}")["channels"]
    record(a, "switch-heard", "in")
    record(b, "switch-sent", "out")
    world.post(f"/channels/{b}/play", media="sound:a")
    time.sleep(1)
    changes = []
    for n in range(SWITCHES):
        mode, mark = ("kernel", "user")[n & 1], len(pbx.events)
        pbx.post(f"/bridges/{br}/path", mode=mode)
        event = pbx.wait(lambda e: e["type"] == "BridgePathChanged" and e["path"] == mode, 20, mark)
        # delta is that of member 0's octets to member 1, then the reverse; we listen at the caller's leg
        changes.append(event["delta"][0 if member[1] == first else 1])
        time.sleep(0.4)
    time.sleep(0.5)
    for name in ("switch-heard", "switch-sent"):
        world.post(f"/recordings/live/{name}/stop")
    heard, sent = recorded("switch-heard"), recorded("switch-sent")
    start_at = next(i for i in range(len(sent)) if sent[i] != IDLE)
    compare.check(sent, heard, start_at + 4000, len(sent) - 8000, changes, IDLE)
    print(f"# switches: {SWITCHES}, of {sorted(set(changes))} frames")
    world.delete(f"/channels/{a}")
    quiet()


def tdmctl_calls():
    want(ctl("call", "list", "--json") == [])
    ctl("call", "originate", "PRI/phones/2004", "--app", "x", good=False)
    pbx.be("x")
    sid = ctl("call", "originate", "PRI/phones/2004", "--app", "x")
    other = ctl("call", "originate", "PRI/phones/2005", "--app", "x")
    for one in (sid, other):
        until(lambda: any(c["channel"] == one and c["state"] == "Up" for c in ctl("call", "list", "--json")), 30, "up")
    bridge = ctl("call", "bridge", sid, other)
    want(set(pbx.get(f"/bridges/{bridge}")["channels"]) == {sid, other})
    for args in (("hangup", "nobody"), ("move", sid, "nobody"), ("move", "nobody", sid), ("move", sid, other),
                 ("bridge", sid, other), ("originate", "PRI/none/1", "--app", "x"), ("originate", "X/1", "--app", "x"),
                 ("hangup", sid, "--cause", "128"), ("originate", "PRI/phones/2")):
        ctl("call", *args, good=False)
    ctl("call", "hangup", sid, "--cause", "17")
    ctl("call", "hangup", other)
    for b in pbx.get("/bridges"):
        pbx.delete(f"/bridges/{b['id']}")
    quiet()


def no_slot():
    for number in ("2011", "2012", "2013"):
        call(number)
    got = cause_of("2014")
    want(got == 34, f"cause {got}, not 34")
    clear()
    quiet()


def answered(number, check):
    a = world.post("/channels", endpoint=f"PRI/exchange/{number}", app="x", timeout=30)["id"]
    until(lambda: world.get(f"/channels/{a}")["state"] == "Up", 30, "up")
    check(a)
    world.delete(f"/channels/{a}")
    quiet()


def plays(a):
    record(a, "route-heard", "in")
    time.sleep(2)
    world.post("/recordings/live/route-heard/stop")
    with open(f"{SOUNDS}/a.alaw", "rb") as f:
        found = compare.runs(f.read(), recorded("route-heard"))
    want(len(found) == 1 and found[0].end - found[0].start > 8000, found)
    want(os.path.getsize(f"{RECORDINGS}/calls-51.wav") > 44, "nothing was recorded")


def echoes(a):
    record(a, "echo-heard", "in")
    record(a, "echo-sent", "out")
    world.post(f"/channels/{a}/play", media="sound:b")
    time.sleep(3)
    for name in ("echo-heard", "echo-sent"):
        world.post(f"/recordings/live/{name}/stop")
    found = compare.runs(recorded("echo-sent"), recorded("echo-heard"))
    want(len(found) == 1 and found[0].end - found[0].start > 8000, found)


def app():
    got = cause_of("53")
    want(got == 27, f"while it is not there: cause {got}")
    pbx.be("test")
    a = world.post("/channels", endpoint="PRI/exchange/53", app="x", timeout=30)["id"]
    # It is there before its route is found, which attaches the application.
    c = until(lambda: next((c for c in pbx.get("/channels") if c["dialplan"]["exten"] == "53" and
                            c["dialplan"]["app_name"] == "test"), None), 20, "the application has it")
    pbx.post(f"/channels/{c['id']}/ring")
    until(lambda: world.get(f"/channels/{a}")["state"] == "Ringing", 20, "ringing")
    pbx.post(f"/channels/{c['id']}/answer")
    until(lambda: world.get(f"/channels/{a}")["state"] == "Up", 20, "up")
    pbx.delete(f"/channels/{c['id']}", reason_code=21)
    got = world.wait(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == a)["cause"]
    want(got == 21, got)
    quiet()


def alarm():
    ctl("virt", "fault", "virt0:3", "defects=los")
    try:
        until(lambda: any(g["name"] == "phones" and g["state"] != "up" for g in pbx.get("/groups")), 30, "phones down")
        got = cause_of("2020")
        want(got in (34, 38, 27), f"cause {got}")
        print(f"# span in alarm: cause {got}")
    finally:
        ctl("virt", "fault", "virt0:3", "defects=none")
    until(lambda: all(g["state"] == "up" for g in pbx.get("/groups") + world.get("/groups")), 60, "phones up again")
    # The D-channel is there before the failure is over, and slots are given only then
    until(lambda: not any(s["alarms"] for s in ctl("span", "list", "--json")), 40, "no alarm")
    quiet()


def killed():
    ends, mark = call("2030"), len(world.events)
    processes["pbx"].kill()
    processes["pbx"].wait()
    begin = time.monotonic()
    until(lambda: slots_idle((1, 3)), 5, "slots of a killed daemon idle")
    print(f"# killed: slots idle within {1000 * (time.monotonic() - begin):.0f} ms, of which tdmctl took most")
    up = start(pbx)
    until(up, 60, "D-channels up again")
    pbx.listen()
    # The new one knows no call and says so by RESTART (Q.931 5.5): nobody here hangs up.
    until(lambda: not world.get("/channels"), 10, "the far ends' calls end")
    for sid in ends:
        got = world.wait(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == sid, 5, mark)["cause"]
        want(got == 41, f"cause {got}, not 41")
    quiet()
    end(world, f"/channels/{call('2031')[0]}")
    quiet()


def main():
    print(f"# seed {seed}")
    try:
        case("two daemons, four lines", setup)
        if results[0]:
            case("tdmctl call: list, originate, bridge, hangup; each refusal has a sentence", tdmctl_calls)
            for cause in (1, 3, 17, 34, 38, 42):
                case(f"route: refuse with cause {cause}", refused, f"4{cause:02d}", cause)
            case("no route: cause 3", refused, "99", 3)
            case("route: answer, play, record", answered, "51", plays)
            case("route: answer, echo", answered, "52", echoes)
            case("route: app", app)
            case("move under audio: old peer, then new peer, bit-exact", move)
            case(f"bridge path forced {SWITCHES} times under audio, announced deltas", switching)
            case("no free slot: cause 34", no_slot)
            case("span in alarm", alarm)
            case("SIGKILL of tdmd", killed)
            case("both end cleanly", ends)
    finally:
        put_away()
    verdict()


main()
