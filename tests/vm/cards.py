# SPDX-License-Identifier: GPL-2.0-or-later
"""The cards of --cards: what each kind needs on the host, and QEMU's arguments for it.

  virt:...                    nothing: tests create virtual cards in the guest
  MODEL:e1|t1|PORTS[:JOINTS][:OPTION...]
                              an emulated card (te4card --models); PORTS are those that are E1 (1,3).
                              JOINTS: 1-2,3-4 joins its own ports, 1-1 is a loop plug, 1-2.3 joins its
                              port 1 to port 3 of the second card. OPTIONs: real-time, trace,
                              hostile=SEED, ppm=N, id=N; listen=PORT@PATH and connect=PORT@PATH join
                              a port to one of another machine's card, which must listen first
  vfio:SOCKET                 a card process that runs already; SOCKET must be in OUT

The guest gives commands to card N through the virtio port "cardN"; on the host OUT/cardN.ctl is the
same. OUT/cardN.log holds what it says, OUT/cardN.trace its register traffic.
"""
import os
import re
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
KINDS = re.compile(r"(virt|vfio|te\d+p?(-\d)?)$")
OPTIONS = ("real-time", "trace", "hostile", "ppm", "id", "listen", "connect")


class BadSpec(Exception):
    """A sentence for the person who wrote it."""


class Card:
    """One emulated card: its specification and the command line that it becomes."""

    def __init__(self, number, spec):
        self.number = number
        self.model, _, rest = spec.partition(":")
        parts = rest.split(":")
        ports = parts.pop(0)
        self.e1 = {"e1": "all", "t1": "none"}.get(ports, ports)
        if not re.fullmatch(r"all|none|[1-8](,[1-8])*", self.e1):
            raise BadSpec(f"'{spec}': say e1, t1 or which ports are E1")
        self.options, self.commands, self.far = [], [], []
        for part in parts:
            if re.fullmatch(r"[1-8]-[\d.]+(,[1-8]-[\d.]+)*", part):
                self.joints(part)
            elif part.split("=")[0] in OPTIONS:
                self.option(*part.partition("=")[::2])
            else:
                raise BadSpec(f"'{spec}': '{part}' is neither a joint nor one of {', '.join(OPTIONS)}")

    def joints(self, text):
        for joint in text.split(","):
            port, to = joint.split("-")
            if "." in to:
                self.far.append((int(port), *map(int, to.split("."))))
            else:
                self.commands.append(f"join {port} {to}")

    def option(self, name, value):
        if name == "trace":
            self.options += ["--trace", f"card{self.number}.trace"]
        elif name == "ppm":
            self.commands.append(f"ppm {value}")
        elif name in ("listen", "connect"):
            if not re.fullmatch(r"[1-8]@[^@ ]+", value):
                raise BadSpec(f"'{name}={value}': say a port and a socket, as in {name}=1@../line")
            self.commands.append(f"{name} {value.replace('@', ' ')}")
        else:
            self.options += [f"--{name}"] + ([value] if value else [])

    def start(self, program, out):
        name = f"card{self.number}"
        argv = [program, "--model", self.model, "--e1", self.e1, "--socket", f"{name}.sock",
                "--control", f"{name}.ctl", *self.options, *self.commands]
        for end in ("sock", "ctl"):
            (out / f"{name}.{end}").unlink(missing_ok=True)
        with open(out / f"{name}.log", "wb") as log:
            child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, argv)], cwd=out,
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(200):
            if b"te4card: " in (out / f"{name}.log").read_bytes() or child.poll() is not None:
                break
            time.sleep(0.05)
        said = (out / f"{name}.log").read_text()
        if child.poll() is not None or "error: " in said:
            child.kill()
            raise BadSpec(f"{self.model}: {said.strip()}")

    def device(self):
        name = f"card{self.number}"
        return device(f"{name}.sock") + [
            "-chardev", f"socket,id={name},path=/mnt/out/{name}.ctl",
            "-device", f"virtserialport,chardev={name},name={name}"]


def device(path):
    return ["-device", '{"driver":"vfio-user-pci","socket":{"type":"unix","path":"/mnt/out/%s"}}' % path]


def connect(cards):
    """The earlier card of a cable between two listens, the later one connects."""
    for card in cards.values():
        for port, other, far in card.far:
            if other not in cards or other == card.number:
                raise BadSpec(f"card {card.number} is joined to card {other}, which is none of the others")
            path = f"line{min((card.number, port), (other, far))}".translate(str.maketrans("(, )", "-.  "))
            path = path.replace(" ", "")
            first, last = sorted(((card, port), (cards[other], far)), key=lambda end: end[0].number)
            first[0].commands.append(f"listen {first[1]} {path}")
            last[0].commands.append(f"connect {last[1]} {path}")


def plug(specs, out):
    """Starts what the cards need; returns QEMU's arguments. They end with QEMU, at the latest with us."""
    extra, cards = [], {}
    for number, spec in enumerate(specs, 1):
        kind = spec.partition(":")[0]
        if not KINDS.match(kind):
            raise BadSpec(f"unknown kind of card '{kind}': there are virt, vfio and what te4card --models lists")
        if kind == "vfio":
            extra += device(os.path.relpath(Path(spec.partition(":")[2]).resolve(), out))
        elif kind != "virt":
            cards[number] = Card(number, spec)
    if not cards:
        return extra
    connect(cards)
    build = Path(os.environ.get("BUILD") or TOP / "build").resolve()
    program = build / "release/bin/te4card"
    # As make itself names it: a .d file says which headers a file of that name needs.
    if build.is_relative_to(TOP):
        build = build.relative_to(TOP)
    subprocess.run(["make", "-s", "--no-print-directory", "-C", TOP, f"BUILD={build}", build / "release/bin/te4card"],
                   stdout=2, check=True)
    for card in cards.values():
        card.start(program, out)
        extra += card.device()
    return extra
