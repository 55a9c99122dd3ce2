#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every allocation that the driver, the core, or the kernel for them, makes when the module is loaded, a card is probed, a span is
started and a descriptor bound fails in turn (failslab and its kin, which the debug kernel has): a refusal with a sentence, nothing
left, and the next one works. The short form takes every tenth allocation of a probe."""
import ctypes
import errno
import os
import platform
import random
import subprocess

from te4life import Bind, addresses, audio_again, left, mark, sentences, sysfs_write
from te4lib import DRIVER, LONG, SEED, Tap, bind, cards, down, load, span, sysfs, t, unload
from nltest import NlMsgs  # noqa: E402, te4lib has set the path

DEBUG = "/sys/kernel/debug"
SLABS = "/sys/kernel/slab"
DETECTORS = ("kmemleak", "debug_objects")	# do without, or with what they keep in store
FAILSLAB = {"verbose": 0, "ignore-gfp-wait": "N", "cache-filter": "Y"}
FAIL_PAGES = {"verbose": 0, "ignore-gfp-wait": "N", "min-order": 0}
FAR = 0xffffffffff000000	# no module lies beyond
FINIT_MODULE = {"x86_64": 313}.get(platform.machine(), 273)
MOST = 2000			# more allocations would be a loop
# What a want of memory may be called: a mapping for which there is none is invalid to the PCI layer, and a region of
# addresses that it cannot write down is taken.
WANTS = (0, errno.ENOMEM, errno.EINVAL, errno.EBUSY)
dice = random.Random(SEED)


# --- failing allocations ---

def function(name):
    """Where a function of the kernel's image begins, and where the next one does."""
    lines = subprocess.run(["grep", "-A1", f" {name}$", "/proc/kallsyms"], stdout=subprocess.PIPE, text=True, check=True)
    return [int(line.split()[0], 16) for line in lines.stdout.splitlines()[:2]]


def arm():
    """Only what is allocated below a function of a module counts, for those lie behind the kernel's image and there are none
    but ours; and not what file systems do for an image of line profiles, which has a fail point."""
    for slab in os.listdir(SLABS):
        if not slab.startswith(DETECTORS):
            sysfs_write(f"{SLABS}/{slab}/failslab", "1")
    with open("/proc/modules", encoding="ascii") as f:
        others = [x.split()[0] for x in f if not x.startswith("tdm")]
    assert not others, f"these modules' allocations would fail as well: {others}"
    begin, end = function("_request_firmware")
    ours = {"require-start": function("_etext")[0], "require-end": FAR, "reject-start": begin, "reject-end": end,
            "stacktrace-depth": 32}
    nothing = {"require-start": 1, "require-end": 2}
    for name, files in (("failslab", {**FAILSLAB, **ours}), ("fail_page_alloc", {**FAIL_PAGES, **ours}),
                        ("fail_usercopy", nothing)):
        for f, value in files.items():
            error = sysfs_write(f"{DEBUG}/{name}/{f}", str(value))
            assert not error, f"{name}/{f}: {os.strerror(error)}"


def nth(n, call):
    """(errno, whether it came to the nth allocation) of call(), which is all of this thread."""
    fail = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    os.pwrite(fail, str(n).encode(), 0)
    error = call()
    rest = int(os.pread(fail, 16, 0))
    os.pwrite(fail, b"0", 0)
    os.close(fail)
    return error, rest == 0


def walk(tap, what, step, least, call, look):
    """Every step-th allocation of call() fails. look(error) says what is wrong then, and makes ready for the next
    one; least: so many, at least, must have been seen to refuse."""
    bad, refused, failed, error, came = [], 0, 0, 0, True
    first = dice.randint(1, step)
    for n in range(first, MOST, step):
        error, came = nth(n, call)
        bad += [f"allocation {n}: {w}" for w in look(error)]
        if not came:
            break
        failed += 1
        refused += error != 0
        if error not in WANTS:
            bad.append(f"allocation {n}: {os.strerror(error)}")
    tap.equal(bad, [], f"{what}: {failed} of {n - 1} allocations failed, {refused} were refusals, and left nothing")
    tap.ok(not came and not error, f"{what}: all that there are", f"{n}: errno {error}")
    tap.ok(refused * step >= least, f"{what}: no fewer than there must be", f"{refused} * {step} < {least}")


# --- the probe ---

def set_up(tap):
    print(f"# seed {SEED}; OPENTDM_SEED={SEED} repeats it", flush=True)
    load()
    tap.equal(len(cards()), 1, "the card is found")
    arm()


def probe(tap):
    address = addresses()[0]
    attach = Bind(address)
    since = mark()

    def again(error):
        nonlocal since
        wrong = []
        if error:
            wrong += [] if sentences(since, address) else ["no sentence"]
            wrong += [f"it leaves {x}" for x in left()]
            wrong += ["it is not bound afterwards"] if attach() else []
        elif len(cards()) != 1:
            wrong.append(f"{len(cards())} cards")
        sysfs_write(f"{DRIVER}/unbind", address)
        wrong += [f"unbound, it leaves {x}" for x in left()] if not error else []
        since = mark()
        return wrong

    again(0)
    # Or ACPI finds out by hundreds of allocations how its interrupt is wired; that has a fail point too.
    tap.equal(sysfs_write(f"/sys/bus/pci/devices/{address}/enable", "1"), 0, "the device stays enabled")
    walk(tap, "probe", 1 if LONG else 10, 50, attach, again)
    attach()
    audio_again(tap, 2000)


def loading(tap):
    """The module's own; once a card is probed, which a load survives, it is the probe's."""
    path = subprocess.run(["modinfo", "-n", "tdm_te4xx"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    module, libc = os.open(path, os.O_RDONLY), ctypes.CDLL(None, use_errno=True)
    probed = False

    def insert():
        nonlocal probed
        # What the probe lacks is no failure of this.
        error = ctypes.get_errno() if libc.syscall(FINIT_MODULE, module, b"", 0) else 0
        probed = not error and not cards()
        return error

    def look(error):
        wrong = [f"{os.strerror(error)} leaves {x}" for x in left()] if error else []
        if os.path.exists("/sys/module/tdm_te4xx") == bool(error):
            wrong.append(f"errno {error}, and it is loaded or not as it should not be")
        if not error:
            unload()
        return wrong

    unload()
    bad, refused = [], 0
    for n in range(1, MOST):
        error, came = nth(n, insert)
        bad += [f"allocation {n}: {w}" for w in look(error)]
        bad += [f"allocation {n}: {os.strerror(error)}"] if error not in WANTS else []
        refused += error != 0
        if probed or not came:
            break
    tap.equal(bad, [], f"loading: each of {n - 1} allocations failed, {refused} were refusals, and left nothing")
    tap.ok(probed and came and refused >= 5, "loading: all until a card is probed")
    load()
    audio_again(tap, 2000)


# --- the start of a span, and of a bearer ---

def acknowledged():
    """errno of the answer to a request."""
    while True:
        for m in NlMsgs(t.ynl.sock.recv(65536)):
            if m.done:
                return -m.error


def start(tap):
    card = cards()[0]
    ask = t.request("span-set", {"card": card, "port": 1, "state": "up"}, [])

    def send():
        t.ynl.sock.send(ask)
        return acknowledged()

    def look(error):
        state = span(card)["state"]
        down(card, [1])
        return [] if state == ("down" if error else "up") else [f"errno {error}, and the span is {state}"]

    down(card, [1])
    walk(tap, "start", 1, 1, send, look)
    audio_again(tap, 2000)


def bearer(tap):
    card, fds = cards()[0], []

    def attach(hdlc):
        try:
            fds.append(bind(card, 1, 1 << 1, hdlc))
        except OSError as e:
            return e.errno
        return 0

    def look(error, hdlc):
        wrong = ["it is not bound afterwards"] if error and attach(hdlc) else []
        while fds:
            os.close(fds.pop())
        used = sysfs("te0:1", "slots_in_use")
        return wrong if not int(used, 16) else wrong + [f"slots {used} are in use"]

    for name, hdlc in (("octets", False), ("frames", True)):
        walk(tap, f"a bearer of {name}", 1, 2, lambda h=hdlc: attach(h), lambda error, h=hdlc: look(error, h))
    audio_again(tap, 2000)


Tap().run(set_up, probe, loading, start, bearer)
