# SPDX-License-Identifier: GPL-2.0-or-later
"""A PBX and the outside world, two tdmd on four virtual E1 lines, ordered and watched from outside, in the guest.

    caller    span 2 ====== span 1             span 3 ====== span 4    called
    [ world: tdmd, network ] | [ PBX: tdmd, user side of both ] | [ world ]
"""
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../../demo")
sys.dont_write_bytecode = True
import wav  # noqa: E402
from ari import Daemon, Refused, until  # noqa: E402

seed = int(os.environ.get("OPENTDM_SEED", random.randrange(1 << 31)))
SOUNDS, RECORDINGS = "/var/lib/opentdm/sounds", "/var/lib/opentdm/recordings"
IDLE = 0xd5
pbx, world = Daemon("pbx", "/run/opentdm/tdmd.sock"), Daemon("world", "/run/opentdm/world.sock")
processes = {}
results = []


def ok(good, what, *why):
    results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(results)} - {what}", flush=True)
    if not good:
        print("".join(f"# {line}\n" for line in " ".join(str(w) for w in why).splitlines()), end="", flush=True)


def want(good, *why):
    if not good:
        raise AssertionError(" ".join(str(w) for w in why))


def ctl(*args, good=True):
    done = subprocess.run(["tdmctl", *args], capture_output=True, text=True, check=False, timeout=60)
    want((done.returncode == 0) == good, args, done.returncode, done.stdout, done.stderr)
    if good:
        return json.loads(done.stdout) if "--json" in args else done.stdout.strip()
    want(done.stderr.startswith("tdmctl") and len(done.stderr) > 25, "no sentence:", done.stderr)
    return done.stderr.strip()


def start(daemon, conf=None):
    """Returns what is true once its trunk groups are ready"""
    log = open(f"/out/calls-{daemon.name}.log", "a")
    processes[daemon.name] = subprocess.Popen(["tdmd", "-c", conf or f"{HERE}/{daemon.name}.conf"], stdout=log, stderr=log)
    until(lambda: os.path.exists(daemon.path), 30, f"{daemon.name}'s socket")

    def up():
        try:
            groups = daemon.get("/groups")
        except OSError:
            return False
        return len(groups) == 2 and all(g["state"] == "up" and g["ready"] for g in groups)
    return up


def slots_idle(ports):
    return all(not s["owner"] for s in ctl("slot", "list", "--json") if s["slot"] != 16 and s["port"] in ports)


def left():
    """Channels and bridges of both that there still are"""
    return {f"{d.name}{kind}": there for d in (world, pbx) for kind in ("/channels", "/bridges") if (there := d.get(kind))}


def quiet():
    try:
        until(lambda: not left(), 30, "calls end")
    except TimeoutError as late:
        raise TimeoutError(f"{late}:\n{json.dumps(left(), indent=1)}") from late
    until(lambda: slots_idle((1, 2, 3, 4)), 20, "slots idle")


def end(daemon, path):
    try:
        daemon.delete(path)
    except Refused:
        pass  # it ended with another one


def clear():
    """What a failed case left must not fail the next one"""
    for daemon in (world, pbx):
        try:
            for kind in ("channels", "bridges"):
                for one in daemon.get(f"/{kind}"):
                    end(daemon, f"/{kind}/{one['id']}")
        except OSError:
            pass


def setup(pbx_conf=None, world_conf=None, listen=True):
    """Both daemons, with those configurations; a.alaw and b.alaw are a minute of random octets each"""
    for folder in (SOUNDS, RECORDINGS, "/run/opentdm"):
        os.makedirs(folder, exist_ok=True)
    rng = random.Random(seed)
    for name in "ab":
        with open(f"{SOUNDS}/{name}.alaw", "wb") as f:
            f.write(rng.randbytes(60 * 8000))
    ctl("config", "apply", f"{HERE}/spans.conf")
    ups = [start(world, world_conf), start(pbx, pbx_conf)]
    for up in ups:
        until(up, 60, "D-channels up")
    for daemon in (world, pbx):
        if listen:
            daemon.listen()


def record(sid, name, direction):
    world.post(f"/channels/{sid}/record", name=name, format="wav", direction=direction)
    world.wait(lambda e: e["type"] == "RecordingStarted" and e["recording"]["name"] == name)


def recorded(name):
    world.wait(lambda e: e["type"] in ("RecordingFinished", "RecordingFailed") and e["recording"]["name"] == name)
    return wav.read(f"{RECORDINGS}/{name}.wav")[1]


def recording(sid, name, direction, seconds_of):
    """What a channel of the world hears or says while seconds_of() runs"""
    record(sid, name, direction)
    seconds_of()
    world.post(f"/recordings/live/{name}/stop")
    return recorded(name)


def ends():
    for name, process in processes.items():
        process.terminate()
        want(process.wait(30) == 0, name)


def put_away():
    """What is still there goes"""
    for process in processes.values():
        if process.poll() is None:
            process.kill()
    subprocess.run(["tdmctl", "virt", "del", "virt0"], check=False)


def verdict():
    print(f"1..{len(results)}")
    sys.exit(0 if all(results) else 1)
