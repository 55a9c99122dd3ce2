#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tdmd as a program: options, start, service manager, end. TAP. Needs no root and no kernel module.

usage: program.py TDMD
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import recordings
import records
import shapes
from client import Api, Connection, Lines, Listener, Tap, request, until, want

CONF = """[api]
socket = {dir}/sock
[route 2*]
action = answer
"""
BAD = """[api]
socket = {dir}/sock
[route 2*]
action = nonsense
"""


class World:
    def __init__(self, tdmd, folder):
        self.tdmd, self.dir, self.path = tdmd, folder, f"{folder}/sock"
        self.conf = f"{folder}/tdmd.conf"
        self.write(CONF)

    def write(self, text):
        with open(self.conf, "w") as f:
            f.write(text.format(dir=self.dir))

    def run(self, *options, **more):
        """(status, standard output, standard error)"""
        done = subprocess.run([self.tdmd, *options], capture_output=True, text=True, timeout=30, check=False, **more)
        return done.returncode, done.stdout, done.stderr

    def start(self, **env):
        log = open(f"{self.dir}/log", "w")
        process = subprocess.Popen([self.tdmd, "-c", self.conf], stderr=log, stdout=log,
                                   env=dict(os.environ, **env))

        def answers():
            want(process.poll() is None, "it ended:", self.log())
            try:
                return Api(self.path).ask("GET", "/asterisk/ping").status == 200
            except (OSError, EOFError):
                return False
        until(answers, "its API")
        return process

    def log(self):
        with open(f"{self.dir}/log") as f:
            return f.read()

    def end(self, process, sig=signal.SIGTERM):
        process.send_signal(sig)
        status = process.wait(30)
        want(status == (0 if sig != signal.SIGKILL else -9), f"status {status}", self.log())
        want("Sanitizer" not in self.log() and "runtime error" not in self.log(), self.log())


def options(w):
    status, out, err = w.run("--version")
    with open(os.path.join(os.path.dirname(__file__), "../../VERSION")) as f:
        want((status, err) == (0, "") and out.strip().endswith(f.read().strip()), out, err)
    status, out, err = w.run("--help")
    want((status, err) == (0, "") and "--check" in out, out, err)
    for args in (["--nonsense"], ["-x"], ["word"], ["--config"]):
        status, out, err = w.run(*args)
        want(status == 2 and not out and "usage: tdmd" in err and err.splitlines()[0].strip(), args, err)


def checking(w):
    want(w.run("-c", w.conf, "--check")[0] == 0, w.run("-c", w.conf, "--check"))
    status, out, _ = w.run("-c", w.conf, "--check", "--print")
    want(status == 0 and "[api]" in out and "socket" in out, out)
    w.write(out.replace("{", "{{").replace("}", "}}"))
    want(w.run("-c", w.conf, "-t", "-p")[1] == out, "what is printed does not print the same again")
    w.write(BAD)
    for args in (("--check",), ()):
        status, out, err = w.run("-c", w.conf, *args)
        want(status == 1 and f"{w.conf}:4:" in err and "nonsense" in err, args, status, err)
    status, out, err = w.run("-c", f"{w.dir}/none", "--check")
    want(status == 1 and "none" in err, err)
    w.write(CONF)


def notified(w):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(f"{w.dir}/notify")
    manager.settimeout(20)

    def told(word):
        text = manager.recv(4096).decode()
        want(word in text.splitlines(), f"{word} was expected, not {text}")
    p = w.start(NOTIFY_SOCKET=f"{w.dir}/notify")
    told("READY=1")
    p.send_signal(signal.SIGHUP)
    told("RELOADING=1")
    told("READY=1")
    w.write(BAD)
    p.send_signal(signal.SIGHUP)
    told("RELOADING=1")
    told("READY=1")
    want("the old configuration stays" in w.log(), w.log())
    Listener(w.path, "x")
    Api(w.path).expect(200, "POST", "/channels", endpoint="Local/2001", app="x")
    w.write(CONF)
    p.send_signal(signal.SIGTERM)
    told("STOPPING=1")
    want(p.wait(30) == 0, w.log())
    manager.close()
    os.unlink(f"{w.dir}/notify")


def cpu_limit(w):
    """A limit that is reached and taken away again by reloads: an event each, and none between"""
    w.write(CONF)
    p, busy = w.start(), None
    lines = Lines(w.path)
    try:
        w.write(CONF + "[limits]\ncpu-high = 1\n")
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        p.send_signal(signal.SIGHUP)
        event = lines.next()
        want(event["type"] == "CpuLimitReached" and event["load"] >= 1 == event["cpu_high"], event)
        shapes.check_event(event)
        time.sleep(2.5)  # two more samples over the limit
        w.write(CONF)
        p.send_signal(signal.SIGHUP)
        event = lines.next()
        want(event["type"] == "CpuLimitCleared" and event["cpu_high"] == 0, event)
        shapes.check_event(event)
    finally:
        if busy:
            busy.kill()
            busy.wait()
        lines.close()
    w.end(p)


def draining(w):
    for sig in (signal.SIGTERM, signal.SIGINT):
        p = w.start()
        api, lines, _ = Api(w.path), Lines(w.path), Listener(w.path, "x")
        for _ in range(20):
            api.expect(200, "POST", "/channels", endpoint="Local/2001", app="x")
        br = api.expect(200, "POST", "/bridges")["id"]
        api.expect(204, "POST", f"/bridges/{br}/addChannel", channel=api.expect(200, "GET", "/channels")[0]["id"])
        begin = time.monotonic()
        w.end(p, sig)
        want(time.monotonic() - begin < 10, "local calls take no time to end")
        want("left over" not in w.log() and "did not end" not in w.log(), w.log())
        want(not os.path.exists(w.path), "the socket is left")
        lines.close()


def sockets(w):
    p = w.start()
    status, _, err = w.run("-c", w.conf)
    want(status == 1 and w.path in err and "in use" in err, "a second one:", status, err)
    want(Api(w.path).expect(200, "GET", "/asterisk/ping"), "the first one goes on")
    w.end(p, signal.SIGKILL)
    want(os.path.exists(w.path), "a killed one leaves its socket")
    p = w.start()  # which is replaced
    want(os.stat(w.path).st_mode & 0o777 == 0o660, oct(os.stat(w.path).st_mode))
    with Connection(w.path) as half:  # somebody is in the middle of a request
        half.send(request("POST", "/ari/bridges", "{}")[:30])
        w.end(p)
    with open(w.path, "w") as f:
        f.write("precious")
    status, _, err = w.run("-c", w.conf)
    want(status == 1 and w.path in err and "ocket" in err, "a file in the place of the socket", err)
    with open(w.path) as f:
        want(f.read() == "precious", "a file that is no socket was removed")
    os.unlink(w.path)


def logging(w):
    p = w.start(JOURNAL_STREAM="1:2")
    w.end(p)
    want(w.log().startswith("<5>tdmd "), w.log())
    want(all(line[0] == "<" and line[2] == ">" for line in w.log().splitlines()), w.log())
    p = w.start()
    w.end(p)
    want("<5>" not in w.log() and " notice " in w.log(), w.log())


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        w = World(os.path.abspath(sys.argv[1]), folder)
        for name, case in (("options", options), ("--check and --print", checking), ("the service manager", notified),
                           ("SIGTERM and SIGINT drain", draining), ("the control socket", sockets),
                           ("the CPU limit's events", cpu_limit), ("log lines", logging),
                           *records.CASES, *recordings.CASES):
            tap.case(name, case, w)
    sys.exit(tap.finish())


if __name__ == "__main__":
    main()
