# SPDX-License-Identifier: GPL-2.0-or-later
"""Line profiles in a test's hands: the texts, images made of them by a rule of our own, and what the framer was told."""
import glob
import os
import struct
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
FILE = "/lib/firmware/opentdm/te4xx-lines.bin"
TRACE = "/out/card1.trace"
TYPES = ("E1", "T1", "J1")
HEADER, RECORD, WRITE, CRC = 16, 20, 3, 4

with open(FILE, "rb") as _f:
    INSTALLED = _f.read()		# what "make install" brought; a test puts it back


def texts():
    """What firmware/ says: {(type, build-out): [(register, value, only on version 3.1)]}."""
    said, like, key = {}, {}, {}
    for path in glob.glob(os.path.join(TOP, "firmware/*.txt")):
        name = os.path.basename(path)[:-len(".txt")]
        words = [x.partition("#")[0].split() for x in open(path, encoding="ascii")]
        said[name] = [(int(w[1], 0), int(w[2], 0), len(w) > 3) for w in words if w and w[0] == "set"]
        like[name] = next((w[1] for w in words if w and w[0] == "like"), None)
        key[name] = tuple(next(w[1] for w in words if w and w[0] == what) for what in ("type", "lbo"))
    out = {}
    for name, own in said.items():
        replaced = {w[0]: w for w in own}
        base = said[like[name]] if like[name] else own
        out[key[name][0], int(key[name][1])] = [replaced[w[0]] if like[name] and w[0] in replaced else w for w in base]
    return out


class Image:
    """An image, profile by profile; as octets with the length and checksum that belong to it."""

    def __init__(self, data):
        self.version, count = struct.unpack_from("<HH", data, 8)
        self.magic, at, self.records = data[:8], HEADER, []
        for _ in range(count):
            name, kind, lbo, writes = struct.unpack_from("16sBBB", data, at)
            at += RECORD
            self.records.append([name, kind, lbo, [data[at + i:at + i + 3] for i in range(0, WRITE * writes, WRITE)]])
            at += WRITE * writes

    def writes(self, kind, lbo):
        """(register, value) of all that a framer of version 3.1 gets."""
        return [(w[0], w[1]) for r in self.records if (TYPES[r[1]], r[2]) == (kind, lbo) for w in r[3]]

    def set(self, kind, lbo, reg, value):
        """The last write to a register says something else."""
        r = next(r for r in self.records if (TYPES[r[1]], r[2]) == (kind, lbo))
        i = max(i for i, w in enumerate(r[3]) if w[0] == reg)
        r[3][i] = bytes([reg, value, r[3][i][2]])

    def octets(self):
        body = b"".join(struct.pack("16s4B", r[0], r[1], r[2], len(r[3]), 0) + b"".join(r[3]) for r in self.records)
        head = self.magic + struct.pack("<HHI", self.version, len(self.records), HEADER + len(body) + CRC)
        return head + body + struct.pack("<I", zlib.crc32(head + body))


def put(data):
    """Octets as the card's file; None: there is none."""
    if os.path.exists(FILE):
        os.unlink(FILE)
    if data is not None:
        with open(FILE, "wb") as f:
            f.write(data)


class Trace:
    """What the emulated card was told, from the moment that the object is made; needs the card's option 'trace'."""

    def __init__(self):
        self.start = os.path.getsize(TRACE)

    def writes(self, port, regs=range(256)):
        """[(register, value)] of what the port's framer was told."""
        with open(TRACE, "rb") as f:
            f.seek(self.start)
            lines = f.read().decode().splitlines()
        out = []
        for words in (x.split() for x in lines):
            # "  123  framer 0 26 NAME <- 54", the name may be missing
            if len(words) > 4 and words[1] == "framer" and words[-2] == "<-" and int(words[2]) == port - 1:
                if int(words[3], 16) in regs:
                    out.append((int(words[3], 16), int(words[-1], 16)))
        return out
