# SPDX-License-Identifier: GPL-2.0-or-later
"""G.711 WAV files, octet for octet. Python's own wave module knows PCM only."""
import struct

ALAW, ULAW = 6, 7  # WAVE_FORMAT_ALAW, WAVE_FORMAT_MULAW (RFC 2361)


def read(path):
    """(format tag, octets) of a mono 8 kHz file"""
    with open(path, "rb") as f:
        data = f.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path} is not a WAV file")
    tag, octets, at = None, b"", 12
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8:at + 8 + size]
        if name == b"fmt ":
            tag, channels, rate = struct.unpack_from("<HHI", body)
            if (channels, rate) != (1, 8000):
                raise ValueError(f"{path} has {channels} channels at {rate} Hz, not one at 8000")
        elif name == b"data":
            octets = body
        at += 8 + size + (size & 1)
    return tag, octets


def write(path, tag, octets):
    fmt = struct.pack("<HHIIHHH", tag, 1, 8000, 8000, 1, 8, 0)
    fact = struct.pack("<I", len(octets))
    pad = octets + b"\0" * (len(octets) & 1)
    body = (b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", 4) + fact +
            b"data" + struct.pack("<I", len(octets)) + pad)
    with open(path, "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", len(body)) + body)



def _expand_alaw(octet):
    """G.711 table 1a, as a 16-bit sample"""
    octet ^= 0x55
    segment, value = octet >> 4 & 7, (octet & 15) << 4 | 8
    if segment:
        value = (value | 0x100) << segment - 1
    return value if octet & 0x80 else -value


def _expand_ulaw(octet):
    """G.711 table 2a, as a 16-bit sample"""
    octet ^= 0xff
    value = (((octet & 15) << 3 | 0x84) << (octet >> 4 & 7)) - 0x84
    return -value if octet & 0x80 else value


class Law:
    """One of G.711's laws, written from the standard's tables: an oracle apart from the code under test."""

    def __init__(self, tag):
        expand = _expand_alaw if tag == ALAW else _expand_ulaw
        self.linear = [expand(octet) for octet in range(256)]
        ordered = sorted(range(256), key=lambda octet: self.linear[octet])
        self._nearest, at = bytearray(65536), 0
        for sample in range(-32768, 32768):
            while at < 255 and (abs(self.linear[ordered[at + 1]] - sample) <=
                                abs(self.linear[ordered[at]] - sample)):
                at += 1
            self._nearest[sample & 0xffff] = ordered[at]

    def nearest(self, samples):
        return bytes(self._nearest[sample & 0xffff] for sample in samples)

    def wrong(self, octets, samples):
        """The first place where an octet is no encoding of its sample, or None. A sample at the border of two
        intervals may go either way: encoders that look at 13 or 14 bits of it differ there by up to 16."""
        best = self.nearest(samples)
        if octets == best:
            return None
        for i, (octet, near) in enumerate(zip(octets, best)):
            if octet != near and abs(self.linear[octet] - samples[i]) > abs(self.linear[near] - samples[i]) + 16:
                return i
        return None
