#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print with --crc user.c, with --law law_table.c: tables straight from their definitions.

Run by hand when a definition changes; tests/unit checks the result bit by bit
against an implementation without tables.
"""
import sys


def rows(values):
    lines = []
    for i in range(0, len(values), 12):
        lines.append("\t" + " ".join("0x%04x," % v for v in values[i:i + 12]))
    return "\n".join(lines)


def crc_entry(octet):
    for _ in range(8):
        octet = octet >> 1 ^ (0x8408 if octet & 1 else 0)
    return octet


def crc():
    print("""// SPDX-License-Identifier: GPL-2.0-only
/*
 * User space only: what the kernel would have brought along. Printed by
 * gen-tables.py --crc; do not edit.
 *
 * CRC-CCITT, reflected polynomial 0x8408 (Q.921 2.7).
 */
#include "pure.h"

const u16 tdm_crc_ccitt_table[256] = {""")
    print(rows([crc_entry(o) for o in range(256)]))
    print("};")


def r(first, last, step=1):
    return list(range(first, last + 1, step))


def twice(first, last):
    return [v for v in r(first, last) for _ in (0, 1)]


# G.711 table 3: mu-law value 0..127 -> A-law value 1..128; table 4: the reverse.
ULAW_TO_ALAW = (twice(1, 8) + r(9, 24) + [25, 27, 29, 31] + r(33, 44) + [46] + r(48, 62) +
                r(64, 80) + r(82, 128))
ALAW_TO_ULAW = (r(1, 15, 2) + r(16, 31) + twice(32, 35) + r(36, 47) + twice(48, 49) +
                r(50, 63) + twice(64, 64) + r(65, 79) + twice(80, 80) + r(81, 127))
assert len(ULAW_TO_ALAW) == len(ALAW_TO_ULAW) == 128


def octets(values):
    return "\n".join("\t" + " ".join("0x%02x," % v for v in values[i:i + 12])
                     for i in range(0, 256, 12))


def law():
    to_ulaw = [o & 0x80 | 0x7f - ALAW_TO_ULAW[(o ^ 0x55) & 0x7f] for o in range(256)]
    to_alaw = [o & 0x80 | (ULAW_TO_ALAW[0x7f - (o & 0x7f)] - 1) ^ 0x55 for o in range(256)]
    print("""// SPDX-License-Identifier: GPL-2.0-only
/* G.711 tables 3 and 4. Printed by gen-tables.py --law; do not edit. */
#include "law.h"

const u8 tdm_law_alaw_to_ulaw[256] = {""")
    print(octets(to_ulaw))
    print("};\n\nconst u8 tdm_law_ulaw_to_alaw[256] = {")
    print(octets(to_alaw))
    print("};")


if "--crc" in sys.argv:
    crc()
elif "--law" in sys.argv:
    law()
else:
    sys.exit("usage: gen-tables.py --crc|--law")
