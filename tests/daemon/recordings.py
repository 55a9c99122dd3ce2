# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of the whole program: what a killed daemon left is a whole file when it is back. Its media are the
test's: local calls have none. tests/unit/telephony/test_wav.c has the cases of headers."""
import os
import signal
import struct

from client import Api, Connection, Lines, Listener, request, want

CONF = """[api]
socket = {dir}/sock
[media]
recordings = {dir}/kept
[route 2*]
action = answer
"""


def fetch(w, name):
    with Connection(w.path) as c:
        c.send(request("GET", f"/ari/recordings/stored/{name}/file"))
        status, headers = c.head()
        want(status == 200, name, status)
        return c.exactly(int(headers["content-length"]))


def octets(path):
    with open(path, "rb") as f:
        return f.read()


def samples(file):
    """Of a file whose every length is right"""
    want(file[:4] == b"RIFF" and file[8:12] == b"WAVE", file[:12])
    want(struct.unpack("<I", file[4:8])[0] == len(file) - 8, "the file's length", file[:60], len(file))
    at, chunks = 12, {}
    while at < len(file):
        name, size = struct.unpack("<4sI", file[at:at + 8])
        chunks[name] = file[at + 8:at + 8 + size]
        want(len(chunks[name]) == size, name, "is cut")
        at += 8 + size + size % 2
    want(at == len(file), "something stands behind the chunks")
    told, = struct.unpack("<I", chunks[b"fact"])
    align, = struct.unpack("<H", chunks[b"fmt "][12:14])  # octets of a sample of all channels
    want(told * align == len(chunks[b"data"]), "fact says", told)
    return chunks[b"data"]


def killed(w):
    """Killed between the samples and the header that tells of them; and what was whole is not touched"""
    where = f"{w.dir}/kept"
    os.makedirs(where)
    w.write(CONF)
    p = w.start()
    api, lines, _ = Api(w.path), Lines(w.path), Listener(w.path, "x")
    sid = api.expect(200, "POST", "/channels", endpoint="Local/2001", app="x")["id"]
    for name, direction in (("r", "in"), ("stereo", "stereo"), ("whole", "in"), ("short", "in")):
        api.expect(201, "POST", f"/channels/{sid}/record", name=name, direction=direction)
        lines.until(lambda e: e["type"] == "RecordingStarted")
    api.expect(204, "POST", "/recordings/live/whole/stop")
    lines.until(lambda e: e["type"] == "RecordingFinished")
    w.end(p, signal.SIGKILL)
    lines.close()
    said = os.urandom(12345)
    for name in ("r", "stereo"):
        with open(f"{where}/{name}.wav", "ab") as f:
            f.write(said)
    os.truncate(f"{where}/short.wav", 30)
    for name, text in (("text.wav", b"no WAV file"), ("raw.alaw", said)):
        with open(f"{where}/{name}", "wb") as f:
            f.write(text)
    before = {name: octets(f"{where}/{name}") for name in os.listdir(where) if name not in ("r.wav", "stereo.wav")}
    os.symlink(f"{where}/raw.alaw", f"{where}/link.wav")
    for left in (2, 0):  # the second time there is nothing to do
        p = w.start()
        want(samples(fetch(w, "r")) == said, "not what was said")
        want(samples(fetch(w, "stereo")) == said[:-1], "not what was said, but for half a sample")
        want(samples(fetch(w, "whole")) == b"", "something came to an empty one")
        mended = [line for line in w.log().splitlines() if "nobody had finished it" in line]
        want(len(mended) == left and all("/r.wav" in line or "/stereo.wav" in line for line in mended), w.log())
        w.end(p)
    want(before == {name: octets(f"{where}/{name}") for name in before}, "others were changed")


CASES = (("recordings: SIGKILL leaves whole ones", killed),)
