# SPDX-License-Identifier: GPL-2.0-or-later
"""tdmctl top, on a terminal of ours: its size, a change of it, q; and once, of a tdmd that we play"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

from client import want

HOME, CLEAR, BELOW = "\033[H", "\033[K", "\033[J"


class Terminal:
    """A tdmctl top with a terminal of that size"""

    def __init__(self, t, rows, cols, *words):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ["TERM"] = "xterm"
            os.execv(t.tdmctl, [t.tdmctl, "top", *words, "--socket", t.path])
        self.text = ""
        self.resize(rows, cols)

    def resize(self, rows, cols):
        self.rows, self.cols = rows, cols
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", rows, cols, 0, 0))

    def read(self, seconds=0.1):
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other side is closed
            data = b""
        self.text += data.decode()
        return bool(data)

    def frame(self, what=lambda lines: True):
        """The lines of the next whole picture for which what() holds; each must fit"""
        limit = time.monotonic() + 20
        while True:
            at = self.text.find(BELOW)
            if at < 0:
                want(self.read() and time.monotonic() < limit, "no picture", repr(self.text[:3000]))
                continue
            picture, self.text = self.text[:at], self.text[at + len(BELOW):]
            lines = re.split(r"\r+\n", picture.rsplit(HOME, 1)[1])  # the terminal may add one
            want(all(line.endswith(CLEAR) for line in lines), lines)
            lines = [line[:-len(CLEAR)] for line in lines]
            if not what(lines):
                continue
            want(len(lines) <= self.rows and max(len(line) for line in lines) <= self.cols, self.rows, self.cols, lines)
            want(not [x for x in lines if re.search(r"[\x00-\x1f]", x)], lines)
            return lines

    def end(self):
        """Its status; the terminal is what it was"""
        limit = time.monotonic() + 20
        while self.read():
            want(time.monotonic() < limit, "it does not end", self.text)
        want(self.text.rstrip().endswith("\033[?25h\033[?1049l"), repr(self.text[-300:]))
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status


def screen(t):
    want(not subprocess.run([t.tdmctl, "top", "--once", "--socket", t.path], capture_output=True, text=True, timeout=60,
                            check=True).stderr)
    top = Terminal(t, 24, 80, "--interval", "1")
    lines = top.frame(lambda lines: "no calls" in lines)
    want(lines[0].startswith("tdmd ") and "CPU" in lines[0] and re.search(r"\d\d:\d\d:\d\d$", lines[0]), lines)
    want("no spans" in lines, lines)
    flags = termios.tcgetattr(top.fd)[3]
    want(not flags & (termios.ECHO | termios.ICANON), "keys are echoed")
    for _ in range(20):
        t.pair()
    tasks = []

    def all_there(lines):
        tasks.append(lines[2])
        return lines[1].startswith("calls 40 ")
    lines = top.frame(all_there)
    want(len(lines) == 24 and sum(line.startswith("Local/2001") for line in lines) == 16 and
         lines[-1] == "... and 24 more", lines)
    top.frame(all_there)  # the numbers of a look are asked for before its calls
    want(any(re.match(r"tasks [1-9]\d*/s, wait \d+ us", line) for line in tasks), "calls have come", tasks)
    for rows, cols in ((12, 60), (40, 132), (50, 30), (5, 200), (2, 10), (1, 1), (24, 80)):
        top.resize(rows, cols)
        lines = top.frame(lambda lines: len(lines) == min(rows, 47))
        want(rows < 47 or sum(line.startswith("Local/2001") for line in lines) == 40, lines)
    os.write(top.fd, b" ")  # any key looks at once
    top.frame()
    os.write(top.fd, b"q")
    want(top.end() == 0)
    for way in (b"\x03", signal.SIGTERM, signal.SIGHUP):
        top = Terminal(t, 24, 80)
        top.frame()
        if isinstance(way, bytes):
            os.write(top.fd, way)
        else:
            os.kill(top.pid, way)
        want(top.end() == 0, way)
    t.all_gone()
    for words, status, text in ((["--interval", "0"], 2, "interval"), ([], 1, "no terminal")):
        done = subprocess.run([t.tdmctl, "top", *words, "--socket", t.path], capture_output=True, text=True, timeout=60)
        want(done.returncode == status and text in done.stderr, done)


def play(folder, answers):
    """A tdmd that knows these paths"""
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{folder}/played")
    server.listen()

    def serve():
        while True:
            try:
                connection = server.accept()[0]
            except OSError:
                return
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(65536)
            body = answers[asked.split()[1].decode()].encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            connection.close()
    threading.Thread(target=serve, daemon=True).start()
    return server


def spans(t):
    """Spans with alarms, more than there is room for, names that a terminal would obey"""
    def span(n, **more):
        return {"id": f"te{n // 8}:{n % 8 + 1}", "state": "up", "alarms": {"los": n == 2, "rai": n == 2}, "slips": n,
                "counters": {"current": {"near": {"es": 7, "uas": 3}}, "day": {"near": {"es": 99}}}, "group": "trunk",
                **more}
    page = ('opentdm_build_info{version="1.2"} 1\nopentdm_span_calls{group="trunk",span="te0:3"} 5\n'
            'process_resident_memory_bytes 25000000\nopentdm_calls{state="Up"} 2\n')
    evil = {"id": "1", "name": "Local/\u001b[2J\u00e4\u00f6\u00fc", "state": "Up", "caller": {"number": "1"},
            "dialplan": {"exten": "2"}, "creationtime": "2026-01-01T00:00:00.000+0000"}
    answers = {"/metrics": page, "/ari/spans": json.dumps([span(n) for n in range(40)]),
               "/ari/channels": json.dumps([evil] * 30), "/ari/levels": "[]"}
    server = play(t.dir, answers)

    def run(*words):
        return subprocess.run([t.tdmctl, "top", *words], capture_output=True, text=True, timeout=60)

    def once():
        done = run("--once", "--socket", f"{t.dir}/played")
        want(done.returncode == 0 and not done.stderr and "\033" not in done.stdout, done)
        return done.stdout.splitlines()
    lines = once()
    want(len(lines) == 24 and "1.2" in lines[0] and "25 MB" in lines[0], lines)
    want(lines[1].startswith("calls 30 (2 up"), lines)
    want("te0:3        up     los,rai           2      7     99      3     5  trunk" in lines, lines)
    want([line for line in lines if line.startswith("... and ")] == ["... and 33 more", "... and 22 more"], lines)
    want(sum(line.startswith("te") for line in lines) == 7, lines)
    want(sum("?[2J\u00e4\u00f6\u00fc" in line for line in lines) == 8, lines)
    loud = [{"channel": "1", "path": "user", "in": {"mean": -12, "peak": -3}, "out": {"mean": -45, "peak": -40}}]
    for levels, text in ((loud, "-12/-45"), ([dict(loud[0], path="kernel")], "kernel"), ([{"channel": "2"}, {}], "-"),
                         ([{"channel": "1", "path": "none", "in": loud[0]["in"]}], "-12/-")):
        answers["/ari/levels"] = json.dumps(levels)
        line = next(line for line in once() if "?[2J" in line)
        want(line.split()[-1] == text and len(line) <= 80, text, line)
    answers["/ari/channels"] = "[]"
    lines = once()
    want(sum(line.startswith("te") for line in lines) == 16 and "no calls" in lines, lines)
    answers["/ari/spans"] = json.dumps([span(1, counters=None, group=None), {}])
    want("te0:2        up     -                 1      0      0      0     0  -" in once(), once())
    answers["/ari/spans"] = "{}"
    done = run("--once", "--socket", f"{t.dir}/played")
    want(done.returncode == 1 and "no list of spans" in done.stderr, done)
    server.close()
    os.unlink(f"{t.dir}/played")
