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




def _alaw(negative, magnitude):
    """G.711 table 1a: segments of 16 intervals each, the first two of them with the same step; even bits inverted"""
    step = min(magnitude, 32767) >> 4
    segment = max(0, step.bit_length() - 4)
    low = step >> max(segment - 1, 0) & 15
    return ((0 if negative else 0x80) | segment << 4 | low) ^ 0x55


def _ulaw(negative, magnitude):
    """G.711 table 2a: as an even bigger step with each segment, from a bias of 33 in 14 bits; all bits inverted"""
    biased = min(magnitude, 32635) + 0x84
    segment = biased.bit_length() - 8
    return ((0x80 if negative else 0) | segment << 4 | biased >> segment + 3 & 15) ^ 0xff


class Law:
    """One of G.711's laws, written from the standard's tables: an oracle apart from the code under test."""

    def __init__(self, tag):
        code = _alaw if tag == ALAW else _ulaw
        self._code = bytes(code(s >= 32768, 65536 - s if s >= 32768 else s) for s in range(65536))
        # A negative sample on a decision value belongs to either interval, as the standard leaves it open.
        self._other = bytes(code(s >= 32768, 65535 - s if s >= 32768 else s) for s in range(65536))

    def encode(self, samples):
        return bytes(self._code[s & 0xffff] for s in samples)

    def wrong(self, octets, samples):
        """The first place where an octet is no encoding of its sample, or None."""
        best = self.encode(samples)
        if octets == best:
            return None
        for i, (octet, near) in enumerate(zip(octets, best)):
            if octet != near and octet != self._other[samples[i] & 0xffff]:
                return i
        return None
