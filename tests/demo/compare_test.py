#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparison itself is tested: it must find one flipped bit, one lost octet, a wrong difference."""
import random
import sys

import compare

IDLE = 0xd5
seed = int(sys.argv[1]) if len(sys.argv) > 1 else 7
rng = random.Random(seed)
voice = bytes(rng.randrange(256) for _ in range(16000))
sent = bytes([IDLE]) * 800 + voice + bytes([IDLE]) * 800
results = []


def case(name, received, changes, good, first=800, last=16800):
    try:
        compare.check(sent, received, first, last, changes, IDLE)
        ok, why = good, "accepted"
    except compare.Mismatch as e:
        ok, why = not good, str(e)
    results.append(ok)
    print(f"{'ok' if ok else 'not ok'} {len(results)} - {name}" + ("" if ok else f" # {why}"))


late = bytes([IDLE]) * 160
at = 9000
case("constant delay", late + sent, [], True)
case("shorter by 144 at a switch", late + sent[:at] + sent[at + 144:], [-144], True)
case("longer by 144, idle between", late + sent[:at] + bytes([IDLE]) * 144 + sent[at:], [144], True)
case("longer and back", late + sent[:at] + bytes([IDLE]) * 144 + sent[at:12000] + sent[12144:], [144, -144], True)
flipped = bytearray(late + sent)
flipped[5000] ^= 1
case("one bit flipped", bytes(flipped), [], False)
case("one octet lost", late + sent[:at] + sent[at + 1:], [], False)
case("one octet repeated", late + sent[:at] + sent[at - 1:], [], False)
case("switch of 144 announced as 136", late + sent[:at] + sent[at + 144:], [-136], False)
case("longer by 144, heard twice", late + sent[:at] + sent[at - 144:], [144], True)
case("longer by 144, foreign octets between", late + sent[:at] + bytes(range(144)) + sent[at:], [144], False)
case("end missing", (late + sent)[:12000], [], False)
case("silence only", bytes([IDLE]) * 17000, [], False)
print(f"# seed {seed}")
print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
