# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP and WebSocket by hand: a client that may also misbehave. And TAP.

Where to: the path of a Unix socket, or (address, port), or (address, port, ssl.SSLContext).
"""
import base64
import json
import os
import socket
import struct
import subprocess
import time
import urllib.parse


class Tap:
    """ok and not ok; a case is a function that raises, or a condition"""

    def __init__(self):
        self.n, self.bad = 0, 0

    def ok(self, good, name, why=""):
        self.n += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good and why:
            print("".join(f"# {line}\n" for line in str(why).splitlines()), end="", flush=True)
        return good

    def case(self, name, action, *args):
        try:
            action(*args)
        except Exception as error:  # any failure of a case is its verdict
            return self.ok(False, name, f"{type(error).__name__}: {error}")
        return self.ok(True, name)

    def finish(self):
        print(f"1..{self.n}", flush=True)
        return 1 if self.bad else 0


def want(good, *why):
    if not good:
        raise AssertionError(" ".join(str(w) for w in why))


def until(what, why, seconds=20):
    limit = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        want(time.monotonic() < limit, why, f"not in {seconds} s")
        time.sleep(0.02)


def ends(*ids):
    """Whether an event is the one by which the last of these channels and bridges has ended"""
    left = set(ids)

    def last(event):
        for kind, of in (("ChannelDestroyed", "channel"), ("BridgeDestroyed", "bridge")):
            if event["type"] == kind:
                left.discard(event[of]["id"])
        return not left
    return last


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body
        self.json = json.loads(body) if body and not headers["content-type"].startswith("text/") else None

    def message(self):
        return (self.json or {}).get("message", "") if isinstance(self.json, dict) else ""

    def __str__(self):
        return f"{self.status} {self.text[:300]}"


class Connection:
    """One connection; what is sent is exactly what the caller says"""

    def __init__(self, path, timeout=20):
        if isinstance(path, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(path)
        else:
            self.sock = socket.create_connection(path[:2], timeout)
            if len(path) == 3:
                self.sock = path[2].wrap_socket(self.sock, server_hostname=path[0])
        self.buffer = b""

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def more(self):
        data = self.sock.recv(65536)
        self.buffer += data
        return bool(data)

    def line(self):
        while b"\n" not in self.buffer:
            if not self.more():
                raise EOFError(f"closed after {self.buffer[:100]}")
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def exactly(self, size):
        while len(self.buffer) < size:
            if not self.more():
                raise EOFError(f"closed, {size - len(self.buffer)} octets missing")
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def head(self):
        status = int(self.line().split()[1])
        headers = {}
        while True:
            line = self.line().strip()
            if not line:
                return status, headers
            name, value = line.decode().split(":", 1)
            headers[name.strip().lower()] = value.strip()

    def answer(self):
        status, headers = self.head()
        if status == 204:
            return Answer(status, headers, "")
        return Answer(status, headers, self.exactly(int(headers["content-length"])).decode())

    def closed(self):
        """Whether the other side closed, and sent nothing more before"""
        try:
            return not self.more()
        except ConnectionResetError:
            return True

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def request(method, path, body=None, extra=""):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{extra}"
    if body is not None:
        data = body if isinstance(body, bytes) else body.encode()
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    return f"{head}\r\n".encode()


def full(path):
    """What stands beside Asterisk's paths is written whole, /ari in front of the others is not"""
    return path if path.startswith("/metrics") else "/ari" + path


class Api:
    def __init__(self, path, extra=""):
        self.path, self.extra = path, extra

    def ask(self, method, path, body=None, **params):
        """params go into the query; body: a string, or what becomes JSON"""
        if params:
            path += "?" + urllib.parse.urlencode(params)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        with Connection(self.path) as c:
            c.send(request(method, full(path), body, self.extra))
            return c.answer()

    def expect(self, status, method, path, body=None, **params):
        answer = self.ask(method, path, body, **params)
        want(answer.status == status, f"{method} {path} {params or ''} {body or ''}: {answer}, not {status}")
        if status >= 400:
            want(len(answer.message()) > 8, f"{method} {path}: no sentence in {answer}")
        return answer.json


class Lines:
    """Events as lines of JSON"""

    def __init__(self, path, timeout=20):
        self.c = Connection(path, timeout)
        self.c.send(request("GET", "/ari/events"))
        self.status, self.headers = self.c.head()
        want(self.status == 200, self.status)

    def next(self):
        return json.loads(self.c.line())

    def until(self, what):
        seen = []
        while True:
            event = self.next()
            seen.append(event)
            if what(event):
                return seen

    def ended(self, *ids):
        """The causes of these calls, once they have ended; former ones may end late"""
        causes = {}
        while len(causes) < len(ids):
            event = self.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] in ids)[-1]
            causes[event["channel"]["id"]] = event["cause"]
        return causes

    def close(self):
        self.c.close()


class WebSocket:
    """RFC 6455, the client's side, without extensions"""

    def __init__(self, path, where="/ari/events", timeout=20):
        self.c = Connection(path, timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        self.c.send(request("GET", where, extra="Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"))
        self.status, self.headers = self.c.head()

    def send(self, opcode, payload=b""):
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size)
        self.c.send(bytes([0x80 | opcode]) + length + mask +
                    bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def frame(self):
        first, size = self.c.exactly(2)
        want(not size & 0x80, "a server masks nothing")
        if size == 126:
            size, = struct.unpack(">H", self.c.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.c.exactly(8))
        return first & 0x80, first & 15, self.c.exactly(size)

    def message(self):
        """(opcode, payload) of a whole message"""
        payload, kind = b"", None
        while True:
            last, opcode, part = self.frame()
            kind = kind or opcode
            payload += part
            if last:
                return kind, payload

    def next(self):
        opcode, payload = self.message()
        want(opcode == 1, f"opcode {opcode}")
        return json.loads(payload)

    def until(self, what):
        seen = []
        while True:
            event = self.next()
            seen.append(event)
            if what(event):
                return seen

    def close(self):
        self.c.close()


class Listener:
    """
    Applications (names with commas between) that are there, and do nothing about what they hear. A process of its own
    reads it: one of our threads could be too slow for a storm of events, and such a stream is ended.
    """

    def __init__(self, path, apps, *more):
        self.api, self.names = Api(path), set(apps.split(","))
        where = "&".join((f"app={apps}", *more))
        self.reader = subprocess.Popen(["curl", "-sN", "-o", os.devnull, "--unix-socket", path,
                                        f"http://tdmd/ari/events?{where}"])
        until(lambda: self.there() == self.names, "the applications are there")

    def there(self):
        return self.names & {app["name"] for app in self.api.expect(200, "GET", "/applications")}

    def end(self):
        """The applications are no more"""
        self.reader.terminate()
        self.reader.wait()
        until(lambda: not self.there(), "the stream ends")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
