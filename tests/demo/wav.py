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
