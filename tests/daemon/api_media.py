# SPDX-License-Identifier: GPL-2.0-or-later
"""Playbacks and recordings of the control API: what can be asked, and what is told. The calls are local pairs, whose
media nobody serves: what is played stands still, so that each of its states can be looked at; octets are the
business of tests/unit/telephony."""
import os

import shapes
from client import Connection, Lines, request, until, want


def folders(t):
    os.makedirs(f"{t.dir}/sounds/sub", exist_ok=True)
    os.makedirs(f"{t.dir}/recordings", exist_ok=True)
    for name in ("sounds/x.alaw", "sounds/sub/y.alaw", "recordings/old.ulaw"):
        with open(f"{t.dir}/{name}", "wb") as f:
            f.write(bytes(8000))
    with open(f"{t.dir}/secret.alaw", "wb") as f:
        f.write(bytes(80))


class Told:
    """What an event stream tells of playbacks or recordings, in order; with targets just of theirs"""

    def __init__(self, t, member, name, targets=()):
        self.lines, self.member, self.name, self.targets = Lines(t.path), member, name, targets

    def is_mine(self, event):
        return self.member in event and (not self.targets or event[self.member]["target_uri"] in self.targets)

    def next(self, kind, which, state):
        """The next one, which must be this"""
        event = self.lines.until(self.is_mine)[-1]
        shapes.check_event(event)
        it = event[self.member]
        want((event["type"], it[self.name], it["state"]) == (kind, which, state), event, "not", kind, which, state)
        return it

    def close(self):
        self.lines.close()


def playing(t):
    folders(t)
    a, b = t.two()
    told = Told(t, "playback", "id")
    play = t.expect(201, "POST", f"/channels/{a}/play", media="sound:x,sound:sub/y,recording:old", playbackId="p1")
    shapes.check(play, shapes.PLAYBACK)
    want(play == {"id": "p1", "media_uri": "sound:x", "next_media_uri": "sound:sub/y", "target_uri": f"channel:{a}",
                  "language": "en", "state": "queued"}, play)
    want(told.next("PlaybackStarted", "p1", "playing") == {**play, "state": "playing"}, play)
    t.expect(409, "POST", f"/channels/{a}/play", media="sound:x", playbackId="p1")
    # One after the other, in the order in which they were asked for.
    for sid, body in (("p2", {"media": "sound:x", "skipms": 0, "offsetms": 999999}), ("p3", {"media": "sound:x"}),
                      ("p4", {"media": "sound:sub/y"})):
        shapes.check(t.expect(201, "POST", f"/channels/{a}/play/{sid}", body), shapes.PLAYBACK)
        want(t.expect(200, "GET", f"/playbacks/{sid}")["state"] == "queued", sid)
    t.expect(201, "POST", f"/channels/{b}/play/other", media="sound:x")  # another channel waits for nobody
    told.next("PlaybackStarted", "other", "playing")
    # One whose file is nothing to play fails by itself; it waits for nothing.
    with open(f"{t.dir}/sounds/empty.alaw", "wb"):
        pass
    t.expect(201, "POST", f"/channels/{a}/play/bad", media="sound:x,sound:empty")
    told.next("PlaybackFinished", "bad", "failed")
    t.expect(204, "DELETE", "/playbacks/p3")
    told.next("PlaybackFinished", "p3", "done")
    t.expect(404, "GET", "/playbacks/p3")
    t.expect(204, "DELETE", "/playbacks/p1")
    told.next("PlaybackFinished", "p1", "done")
    t.expect(201, "POST", f"/channels/{a}/play/p1", media="sound:x")  # the id is free when this is told
    told.next("PlaybackStarted", "p2", "playing")
    want(t.expect(200, "GET", "/playbacks/p4")["state"] == "queued")
    # All that is not over ends with its channel, and is told: what was heard first.
    t.end(a, b)
    ends = sorted(told.lines.until(lambda e: "playback" in e)[-1]["playback"]["id"] for _ in range(4))
    want(ends == ["other", "p1", "p2", "p4"], ends)
    for sid in ends:
        until(lambda: t.ask("GET", f"/playbacks/{sid}").status == 404, f"the end of {sid}")
        t.expect(404, "DELETE", f"/playbacks/{sid}")
    told.close()


def controlling(t):
    folders(t)
    a, b = t.two()

    def state(sid, wanted):
        until(lambda: t.expect(200, "GET", f"/playbacks/{sid}")["state"] == wanted, f"{sid} {wanted}")

    def control(status, sid, *operations):
        for op in operations:
            t.expect(status, "POST", f"/playbacks/{sid}/control", operation=op)

    for sid in ("c1", "c2"):
        t.expect(201, "POST", f"/channels/{a}/play/{sid}", media="sound:x,sound:sub/y", skipms="200")
    state("c1", "playing")
    control(204, "c1", "restart", "reverse", "forward", "forward", "unpause")
    state("c1", "playing")
    control(204, "c1", "pause")
    state("c1", "paused")
    control(204, "c1", "pause", "forward", "reverse", "restart")
    state("c1", "paused")
    control(204, "c1", "unpause")
    state("c1", "playing")
    # One that waits can only be begun from its begin.
    control(204, "c2", "restart")
    control(409, "c2", "pause", "unpause", "reverse", "forward")
    state("c2", "queued")
    for op in ("", "stop", "Pause", "pause ", "pause,restart", "0"):
        control(400, "c1", op)
    t.expect(400, "POST", "/playbacks/c1/control")
    control(404, "nobody", "pause")
    # A recording is no playback, and the other way round.
    t.expect(201, "POST", f"/channels/{a}/record", name="r", ifExists="overwrite")
    t.expect(404, "GET", "/playbacks/r")
    t.expect(404, "DELETE", "/playbacks/r")
    control(404, "r", "pause")
    t.expect(404, "GET", "/recordings/live/c1")
    t.expect(404, "POST", "/recordings/live/c1/stop")
    t.end(a, b)


def no_media(t):
    """What cannot be played, and what is not to be read"""
    folders(t)
    a, b = t.two()
    for media in ("sound:none", "sound:../secret", "sound:sub/../../secret", "sound:/etc/passwd", "tone:ring",
                  "sound:", "x", "sound:" + "x" * 3000, "sound:sub", f"sound:{t.dir}/secret", "recording:none",
                  "recording:../secret", "recording:", "recording:x", "sound:x,sound:none", "sound:.x",
                  "sound:x,sound:../secret"):
        answer = t.ask("POST", f"/channels/{a}/play", media=media)
        want(answer.status in (400, 404), media, answer)
    for media in ("", ",", "sound:x,", ",sound:x", "sound:x,,sound:x", ",".join(["sound:x"] * 17), "sound:" + "x" * 90):
        t.expect(400, "POST", f"/channels/{a}/play", media=media)
    t.expect(201, "POST", f"/channels/{a}/play", media=",".join(["sound:x"] * 16))
    for params in ({}, {"media": "sound:x", "playbackId": ""}, {"media": "sound:x", "playbackId": "p" * 40},
                   {"media": "sound:x", "skipms": "-1"}, {"media": "sound:x", "offsetms": "x"},
                   {"media": "sound:x", "offsetms": str(24 * 3600 * 1000 + 1)}):
        t.expect(400, "POST", f"/channels/{a}/play", **params)
    t.expect(400, "POST", f"/channels/{a}/play/{'p' * 40}", media="sound:x")
    t.end(a, b)


def recording(t):
    folders(t)
    a, b = t.two()
    told = Told(t, "recording", "name")
    for i, more in enumerate(({}, {"format": "alaw"}, {"format": "ulaw", "direction": "in"}, {"direction": "out"},
                              {"direction": "both"}, {"direction": "stereo"},
                              {"beep": "true", "maxDurationSeconds": 86400, "maxSilenceSeconds": 5, "terminateOn": "#",
                               "ifExists": "overwrite"})):
        made = t.expect(201, "POST", f"/channels/{a}/record", name=f"r{i}", **more)
        shapes.check(made, shapes.RECORDING)
        want(made["state"] == "queued" and made["target_uri"] == f"channel:{a}", made)
        told.next("RecordingStarted", f"r{i}", "recording")
    t.expect(409, "POST", f"/channels/{a}/record", name="r0")
    shapes.check(t.expect(200, "GET", "/recordings/live/r0"), shapes.RECORDING)
    t.expect(204, "POST", "/recordings/live/r0/stop")
    told.next("RecordingFinished", "r0", "done")
    t.expect(404, "GET", "/recordings/live/r0")
    for params in ({}, {"name": ""}, {"name": "../x"}, {"name": "a/b"}, {"name": "n" * 40}, {"name": ".hidden"}, {"name": ".."},
                   {"name": "x", "direction": "sideways"}, {"name": "x", "direction": "stereo", "format": "ulaw"}, {"name": "x", "ifExists": "maybe"}, {"name": "x", "beep": "loud"},
                   {"name": "x", "terminateOn": "5"}, {"name": "x", "maxDurationSeconds": "86401"},
                   {"name": "x", "maxSilenceSeconds": "-1"}):
        t.expect(400, "POST", f"/channels/{a}/record", **params)
    t.expect(422, "POST", f"/channels/{a}/record", name="x", format="mp3")
    t.end(a, b)
    until(lambda: t.ask("POST", "/recordings/live/r1/stop").status == 404, "recordings end with their channel")
    names = {told.lines.until(lambda e: e["type"] == "RecordingFinished")[-1]["recording"]["name"] for _ in range(6)}
    want(names == {f"r{i}" for i in range(1, 7)}, names)
    told.close()
    want(not [f for f in os.listdir(f"{t.dir}/recordings") if f[0] == "."], "left")


def live(t):
    """What can be done to a recording while it is made"""
    folders(t)
    a, b = t.two()
    told = Told(t, "recording", "name")
    file = f"{t.dir}/recordings/l.wav"
    t.expect(201, "POST", f"/channels/{a}/record", name="l")
    told.next("RecordingStarted", "l", "recording")
    for method, what, state in (("POST", "pause", "paused"), ("POST", "pause", "paused"), ("POST", "mute", "paused"),
                                ("DELETE", "mute", "paused"), ("DELETE", "pause", "recording"),
                                ("DELETE", "pause", "recording"), ("POST", "mute", "recording"),
                                ("DELETE", "mute", "recording")):
        t.expect(204, method, f"/recordings/live/l/{what}")
        want(t.expect(200, "GET", "/recordings/live/l")["state"] == state, method, what)
    t.expect(204, "POST", "/recordings/live/l/stop")
    told.next("RecordingFinished", "l", "done")
    # What is there already is kept, added to, or replaced, as is asked for.
    t.expect(409, "POST", f"/channels/{a}/record", name="l")
    t.expect(409, "POST", f"/channels/{a}/record", name="l", ifExists="fail")
    for how in ("append", "overwrite"):
        t.expect(201, "POST", f"/channels/{a}/record", name="l", ifExists=how)
        told.next("RecordingStarted", "l", "recording")
        t.expect(204, "POST", "/recordings/live/l/stop")
        told.next("RecordingFinished", "l", "done")
        want(os.path.exists(file), how)
    with open(file, "wb") as f:
        f.write(b"no WAV at all")
    t.expect(201, "POST", f"/channels/{a}/record", name="l", ifExists="append")
    want(told.next("RecordingFailed", "l", "failed")["cause"], "no cause")
    with open(file, "rb") as f:
        want(f.read() == b"no WAV at all", "changed what it could not read")
    t.expect(201, "POST", f"/channels/{a}/record", name="l", ifExists="overwrite")
    told.next("RecordingStarted", "l", "recording")
    t.expect(204, "DELETE", "/recordings/live/l")
    told.next("RecordingFinished", "l", "canceled")
    want(not os.path.exists(file), "discarded, and there")
    t.expect(404, "DELETE", "/recordings/live/l")
    t.end(a, b)
    told.close()


def bridges(t):
    """Plays to a bridge and recordings of it: told of the bridge, controlled as those of a channel"""
    folders(t)
    a, b = t.two()
    br = t.expect(200, "POST", "/bridges", type="mixing")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=a)
    told = Told(t, "playback", "id", (f"bridge:{br}", f"channel:{a}"))
    play = t.expect(201, "POST", f"/bridges/{br}/play", media="sound:x,sound:sub/y", playbackId="b1")
    shapes.check(play, shapes.PLAYBACK)
    want(play["target_uri"] == f"bridge:{br}" and play["state"] == "queued", play)
    want(told.next("PlaybackStarted", "b1", "playing") == {**play, "state": "playing"}, play)
    t.expect(409, "POST", f"/bridges/{br}/play", media="sound:x", playbackId="b1")
    t.expect(201, "POST", f"/bridges/{br}/play/b2", media="sound:x")
    want(t.expect(200, "GET", "/playbacks/b2")["state"] == "queued", "not in turn")
    t.expect(201, "POST", f"/channels/{a}/play/c", media="sound:x")  # waits for nobody in the bridge
    told.next("PlaybackStarted", "c", "playing")
    for op, state in (("pause", "paused"), ("forward", "paused"), ("reverse", "paused"), ("restart", "paused"),
                      ("unpause", "playing")):
        t.expect(204, "POST", "/playbacks/b1/control", operation=op)
        want(t.expect(200, "GET", "/playbacks/b1")["state"] == state, op)
    t.expect(204, "DELETE", "/playbacks/b1")
    told.next("PlaybackFinished", "b1", "done")
    told.next("PlaybackStarted", "b2", "playing")
    for media in ("sound:none", "sound:../secret", "x"):
        t.expect(404, "POST", f"/bridges/{br}/play", media=media)
    t.expect(400, "POST", f"/bridges/{br}/play")
    t.expect(400, "POST", f"/bridges/{br}/play/{'p' * 40}", media="sound:x")
    t.expect(404, "POST", f"/bridges/{a}/play", media="sound:x")
    rec = Told(t, "recording", "name", (f"bridge:{br}",))
    made = t.expect(201, "POST", f"/bridges/{br}/record", name="br1", format="wav")
    shapes.check(made, shapes.RECORDING)
    want(made["target_uri"] == f"bridge:{br}", made)
    rec.next("RecordingStarted", "br1", "recording")
    for method, what, state in (("POST", "pause", "paused"), ("DELETE", "pause", "recording"), ("POST", "mute", "recording"),
                                ("DELETE", "mute", "recording")):
        t.expect(204, method, f"/recordings/live/br1/{what}")
        want(t.expect(200, "GET", "/recordings/live/br1")["state"] == state, method, what)
    t.expect(409, "POST", f"/bridges/{br}/record", name="br1")
    t.expect(400, "POST", f"/bridges/{br}/record", name="br2", direction="in")
    t.expect(204, "POST", "/recordings/live/br1/stop")
    rec.next("RecordingFinished", "br1", "done")
    want(t.expect(200, "GET", "/recordings/stored/br1") == {"name": "br1", "format": "wav"}, "not stored")
    t.expect(201, "POST", f"/bridges/{br}/record", name="br2", beep="true")
    rec.next("RecordingStarted", "br2", "recording")
    # Both end with the bridge, not with who is in it.
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=a)
    want(t.expect(200, "GET", "/playbacks/b2")["state"] == "playing", "ended with its member")
    t.expect(204, "DELETE", f"/bridges/{br}")
    rec.next("RecordingFinished", "br2", "done")
    told.next("PlaybackFinished", "b2", "failed")
    told.close()
    rec.close()
    t.end(a, b)


def music(t):
    """It is no playback, and nothing is told of it; its folder need not be there"""
    folders(t)
    a, b = t.two()
    br = t.expect(200, "POST", "/bridges", type="holding")["id"]
    for where in (f"/channels/{a}/moh", f"/bridges/{br}/moh"):
        for params in ({}, {"mohClass": "jazz"}, {"mohClass": ""}, {"mohClass": "default"}):
            t.expect(204, "POST", where, **params)
        for name in ("blues", "../default", "Default", "m" * 300):
            t.expect(404, "POST", where, mohClass=name)
        t.expect(400, "POST", where, music="default")
        for _ in range(2):
            t.expect(204, "DELETE", where)
        t.expect(204, "POST", where)
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=a)
    for n in range(1, 12):
        t.expect(404, "GET", f"/playbacks/music-{n}")
        t.expect(404, "GET", f"/recordings/live/music-{n}")
        t.expect(404, "DELETE", f"/playbacks/music-{n}")
    # With the channel, and with the bridge, it ends.
    t.expect(204, "POST", f"/channels/{b}/hold")
    t.expect(204, "DELETE", f"/bridges/{br}")
    t.end(a, b)
    t.expect(404, "POST", f"/channels/{a}/moh")
    t.expect(404, "DELETE", f"/bridges/{br}/moh")


def fetch(t, name):
    """(status, content type, octets)"""
    with Connection(t.path) as c:
        c.send(request("GET", f"/ari/recordings/stored/{name}/file"))
        status, headers = c.head()
        if status == 200:
            t.good.add(("GET", "/ari/recordings/stored/{}/file"))
        return status, headers["content-type"], c.exactly(int(headers["content-length"]))


def stored(t):
    folders(t)
    where, octets = f"{t.dir}/recordings", os.urandom(3 << 20)  # more than a socket takes at once
    for name in os.listdir(where):
        os.unlink(f"{where}/{name}")
    want(t.expect(200, "GET", "/recordings/stored") == [], "an empty folder")
    for name in ("one.wav", "two.alaw", "two.ulaw", ".hidden.wav", "other.txt", "n" * 40 + ".wav", ".wav"):
        with open(f"{where}/{name}", "wb") as f:
            f.write(octets)
    os.symlink(f"{t.dir}/secret.alaw", f"{where}/link.alaw")
    os.mkdir(f"{where}/folder.wav")
    files = t.expect(200, "GET", "/recordings/stored")
    for one in files:
        shapes.check(one, shapes.STORED)
    want(sorted((f["name"], f["format"]) for f in files) == [("one", "wav"), ("two", "alaw"), ("two", "ulaw")], files)
    want(t.expect(200, "GET", "/recordings/stored/one") == {"name": "one", "format": "wav"}, "one")
    want(t.expect(200, "GET", "/recordings/stored/two")["format"] == "alaw", "two")
    want(fetch(t, "one") == (200, "audio/wav", octets), "not what is in the file")
    t.ask("GET", "/recordings/stored/one/file/more")
    want(t.expect(201, "POST", "/recordings/stored/one/copy", destinationRecordingName="copy") ==
         {"name": "copy", "format": "wav"}, "copy")
    want(fetch(t, "copy")[2] == octets, "a copy that differs")
    t.expect(409, "POST", "/recordings/stored/one/copy", destinationRecordingName="copy")
    t.expect(409, "POST", "/recordings/stored/one/copy", destinationRecordingName="one")
    t.expect(404, "POST", "/recordings/stored/none/copy", destinationRecordingName="copy2")
    for bad in ("", "../x", "a/b", "..", ".x", "/etc/x", "n" * 40):
        t.expect(400, "POST", "/recordings/stored/one/copy", destinationRecordingName=bad)
    t.expect(400, "POST", "/recordings/stored/one/copy")
    t.expect(204, "DELETE", "/recordings/stored/copy")
    t.expect(404, "DELETE", "/recordings/stored/copy")
    for name in ("copy", "none", ".hidden", "..", "%2e%2e", "..%2fsecret", "%2fetc%2fpasswd", "link", "folder", "other",
                 "one.wav", "sub%2fy", "n" * 40):
        for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
            t.expect(404, method, f"/recordings/stored/{name}{path}")
    # What is still being written is none of them.
    a, b = t.two()
    t.expect(201, "POST", f"/channels/{a}/record", name="live")
    until(lambda: os.path.exists(f"{where}/live.wav"), "its file")
    want("live" not in [f["name"] for f in t.expect(200, "GET", "/recordings/stored")], "live, and stored")
    t.expect(404, "GET", "/recordings/stored/live")
    t.expect(409, "DELETE", "/recordings/stored/live")
    t.expect(409, "POST", "/recordings/stored/one/copy", destinationRecordingName="live")
    t.end(a, b)
    until(lambda: t.ask("GET", "/recordings/stored/live").status == 200, "stored when its channel has ended")
    want(sorted(os.listdir(where)) == sorted([".hidden.wav", ".wav", "folder.wav", "link.alaw", "live.wav", "n" * 40 + ".wav",
                                              "one.wav", "other.txt", "two.alaw", "two.ulaw"]), os.listdir(where))
