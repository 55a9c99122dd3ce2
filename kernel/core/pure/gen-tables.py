#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print hdlc_table.c, with --crc user.c, with --law law_table.c: tables straight from
their definitions.

Run by hand when a definition changes; tests/unit checks the result bit by bit
against an implementation without tables.
"""
import sys


def rows(values):
    lines = []
    for i in range(0, len(values), 12):
        lines.append("\t" + " ".join("0x%04x," % v for v in values[i:i + 12]))
    return "\n".join(lines)


def rx_entry(ones, octet):
    """Destuff a slot octet, bit 7 first, after so many 1s."""
    out = count = 0
    for i in range(7, -1, -1):
        if octet >> i & 1:
            ones += 1
            if ones == 6:
                return 0x8000
            out |= 1 << count
            count += 1
        else:
            if ones < 5:
                count += 1
            ones = 0
    return out | count << 8 | ones << 12


def tx_entry(ones, octet):
    """Stuff a frame octet, bit 0 first, after so many 1s."""
    out = count = 0
    for i in range(8):
        bit = octet >> i & 1
        out = out << 1 | bit
        count += 1
        ones = ones + 1 if bit else 0
        if ones == 5:
            out <<= 1
            count += 1
            ones = 0
    return out | (count - 8) << 10 | ones << 12


def crc_entry(octet):
    for _ in range(8):
        octet = octet >> 1 ^ (0x8408 if octet & 1 else 0)
    return octet


def hdlc():
    print("""// SPDX-License-Identifier: GPL-2.0-only
/*
 * Printed by gen-tables.py; do not edit. The entries are explained in hdlc_table.h.
 */
#include "hdlc_table.h"

const u16 tdm_hdlc_rx_table[7][256] = {""")
    for ones in range(7):
        values = [0x8000 if ones == 6 else rx_entry(ones, o) for o in range(256)]
        print("\t{ /* after %s */" % ("six or more 1s" if ones == 6 else "%d 1s" % ones))
        print(rows(values))
        print("\t},")
    print("};\n\nconst u16 tdm_hdlc_tx_table[5][256] = {")
    for ones in range(5):
        print("\t{ /* after %d 1s */" % ones)
        print(rows([tx_entry(ones, o) for o in range(256)]))
        print("\t},")
    print("};")


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
    hdlc()
