#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control API by TCP: users, passwords, who may only read, TLS, limits; and who is let in to the Unix socket.
TAP. Needs root (another user's place has to be taken), and no kernel module.

usage: tcp.py TDMD
"""
import base64
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from client import Api, Connection, Lines, Listener, Tap, WebSocket, request, until, want
from program import World

CONF = """[api]
socket = {{dir}}/sock
listen = {listen}
{more}
[route 2*]
action = answer
"""
TCP_MAX = 384


def hashed(password):
    return subprocess.run(["openssl", "passwd", "-6", password], capture_output=True, text=True,
                          check=True).stdout.strip()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def basic(name, password):
    return f"Authorization: Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}\r\n"


class Net(World):
    def __init__(self, tdmd, folder):
        super().__init__(tdmd, folder)
        self.where = ("127.0.0.1", free_port())
        self.users = {"admin": ("geheim: mit Doppelpunkt", False), "look": ("nur ansehen", True)}
        self.configure()

    def configure(self, more="", listen=None, routes=""):
        text = CONF.format(listen=listen or f"127.0.0.1:{self.where[1]}", more=more) + routes
        for name, (password, read_only) in self.users.items():
            text += f"[user {name}]\npassword = {hashed(password)}\nread-only = {'yes' if read_only else 'no'}\n"
        self.write(text)

    def by(self, name, password=None):
        return Api(self.where, basic(name, self.users[name][0] if password is None else password))


def credentials(w):
    answer = Api(w.where).ask("GET", "/channels")
    want(answer.status == 401 and "password" in answer.message(), answer)
    want(answer.headers["www-authenticate"] == 'Basic realm="opentdm"', answer.headers)
    w.by("admin").expect(200, "GET", "/channels")
    with Listener(w.path, "x"):
        made = w.by("admin").expect(200, "POST", "/channels", endpoint="Local/2001", app="x")
        w.by("admin").expect(204, "DELETE", f"/channels/{made['id']}")
        until(lambda: not w.by("admin").expect(200, "GET", "/channels"), "it ends")
    key = "admin:" + w.users["admin"][0]
    Api(w.where).expect(200, "GET", "/channels", api_key=key)
    Api(w.where).expect(401, "GET", "/channels", api_key="admin:x")
    Api(w.path).expect(200, "GET", "/channels", api_key="whatever")  # the Unix socket asks nobody
    for header in (basic("admin", "falsch"), basic("nobody", "x"), basic("", ""), basic("admin", ""),
                   "Authorization: Basic\r\n", "Authorization: Basic !!!!\r\n", "Authorization: Bearer x\r\n",
                   f"Authorization: Basic {base64.b64encode(b'admin').decode()}\r\n",
                   f"Authorization: Basic {base64.b64encode(b'admin:' + b'g' * 2000).decode()}\r\n",
                   f"Authorization: Basic {base64.b64encode(b'admin:geheim' + bytes(1)).decode()}\r\n"):
        time.sleep(0.11)  # so few guesses are not too many
        Api(w.where, header).expect(401, "GET", "/channels")
    with Connection(w.where) as c:
        c.send(request("GET", "/ari/channels", None, basic("admin", "x" * 100000)))
        try:
            want(c.head()[0] >= 400)
        except (EOFError, OSError):
            pass  # without an answer is one, too
    w.by("admin").expect(200, "GET", "/channels")


def refused(api):
    """Wrong, however many others were: with one too many in a second it is not even looked at"""
    def computed():
        status = api.ask("GET", "/channels").status
        want(status in (401, 429), status)
        return status == 401
    until(computed, "a wrong name or password")


def guessing(w):
    """Who tries passwords is slowed down; who knows his is not."""
    w.by("admin").expect(200, "GET", "/channels")
    seen = set()

    def too_many():
        """At once, so that it is the daemon's pace alone whether that is more than ten in a second"""
        some = [Connection(w.where) for _ in range(60)]
        for i, c in enumerate(some):
            c.send(request("GET", "/ari/channels", None, basic("admin", f"guess {i}")))
        w.by("admin").expect(200, "GET", "/channels")
        for c in some:
            seen.add(c.answer().status)
            c.close()
        return 429 in seen
    until(too_many, "more than ten in a second", 60)
    want(seen == {401, 429}, seen)
    refused(w.by("admin", "wieder falsch"))  # as time goes by


def reading(w):
    look = w.by("look")
    look.expect(200, "GET", "/channels")
    look.expect(200, "GET", "/asterisk/info")
    for method, path, params in (("POST", "/channels", {"endpoint": "Local/2", "app": "x"}), ("POST", "/bridges", {}),
                                 ("DELETE", "/channels/1", {})):
        want("read" in look.ask(method, path, **params).message())
        look.expect(403, method, path, **params)
    want(Api(w.path).expect(200, "GET", "/channels") == [])
    # It hears events, as an application too, but takes the place of none
    key = f"look:{w.users['look'][0]}".replace(" ", "%20")
    other = WebSocket(w.where, f"/ari/events?app=mine&api_key={key}")
    want(other.status == 101, other.status)
    first = WebSocket(w.path, "/ari/events?app=busy")
    want(first.status == 101)
    with Connection(w.where) as c:
        c.send(request("GET", f"/ari/events?app=busy&api_key={key}"))
        answer = c.answer()
        want(answer.status == 403 and "place" in answer.message(), answer)
    taken = WebSocket(w.path, "/ari/events?app=mine")
    want(taken.status == 101 and other.next()["type"] == "ApplicationReplaced")
    for ws in (first, other, taken):
        ws.close()


def websocket(w):
    for where, status in ((f"/ari/events?app=a&api_key=admin:{w.users['admin'][0]}".replace(" ", "%20"), 101),
                          ("/ari/events?app=a&api_key=admin:x", 401), ("/ari/events?app=a", 401)):
        ws = WebSocket(w.where, where)
        want(ws.status == status, where, ws.status)
        if status == 101:
            made = w.by("admin").expect(200, "POST", "/channels", endpoint="Local/2001", app="a")
            want(ws.until(lambda e: e["type"] == "StasisStart")[-1]["channel"]["id"] == made["id"])
            w.by("admin").expect(204, "DELETE", f"/channels/{made['id']}")
        else:
            want("password" in ws.c.exactly(int(ws.headers["content-length"])).decode())
        ws.close()


def connections(w):
    """As many as there may be; the Unix socket has places of its own, and those that end make room."""
    many = [Connection(w.where) for _ in range(TCP_MAX)]

    def refused():
        with Connection(w.where) as c:
            c.send(request("GET", "/ari/asterisk/ping", None, basic("admin", w.users["admin"][0])))
            return c.closed()
    until(refused, "one too many is refused")
    Api(w.path).expect(200, "GET", "/asterisk/ping")
    for c in many:
        c.close()
    until(lambda: not refused(), "room again")
    for _ in range(2 * TCP_MAX):
        Connection(w.where).close()
    until(lambda: not refused(), "what comes and goes at once leaves nothing")


def changed(w, process):
    stays = Lines(w.path)
    w.users["admin"] = ("anders", False)
    del w.users["look"]
    w.configure()
    process.send_signal(signal.SIGHUP)
    until(lambda: w.by("admin").ask("GET", "/channels").status == 200, "the new password")
    refused(w.by("admin", "geheim: mit Doppelpunkt"))
    refused(Api(w.where, basic("look", "nur ansehen")))
    stays.close()


def local_users(w):
    """The file's group is let in, others are not, whatever the file's mode."""
    os.chmod(w.dir, 0o755)
    os.chown(w.path, 0, 4711)
    os.chmod(w.path, 0o666)
    script = ("import socket, sys\n"
              "s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])\n"
              "try:\n"
              "    s.send(b'GET /ari/asterisk/ping HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
              "    print(s.recv(12).decode() or 'closed')\n"
              "except ConnectionError: print('closed')\n")

    def ask(uid, gid, groups):
        done = subprocess.run([sys.executable, "-c", script, w.path], capture_output=True, text=True, timeout=60,
                              user=uid, group=gid, extra_groups=groups, check=False)
        return done.stdout.strip() or done.stderr
    for who, answer in (((0, 0, []), "HTTP/1.1 200"), ((4712, 4711, []), "HTTP/1.1 200"),
                        ((4712, 4713, [4711]), "HTTP/1.1 200"), ((4712, 4713, []), "closed"),
                        ((4712, 4713, [4714, 4715]), "closed")):
        want(ask(*who) == answer, who, ask(*who))
    want("not let in" in w.log(), w.log())


def tls(w):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-keyout", f"{w.dir}/key.pem", "-out", f"{w.dir}/cert.pem"], check=True,
                   capture_output=True)
    w.configure("certificate = {dir}/cert.pem\nkey = {dir}/key.pem".replace("{dir}", w.dir))
    process = w.start()
    context = ssl.create_default_context(cafile=f"{w.dir}/cert.pem")
    context.check_hostname = False
    where = (*w.where, context)
    Api(where, basic("admin", w.users["admin"][0])).expect(200, "GET", "/channels")
    Api(where).expect(401, "GET", "/channels")
    ws = WebSocket(where, f"/ari/events?app=a&api_key=admin:{w.users['admin'][0]}")
    want(ws.status == 101)
    ws.close()
    with Connection(w.where) as c:
        c.send(request("GET", "/ari/asterisk/ping", None, basic("admin", w.users["admin"][0])))
        try:
            want(b"200" not in c.line(), "without TLS")
        except (EOFError, OSError):
            pass
    Api(where, basic("admin", w.users["admin"][0])).expect(200, "GET", "/channels")
    w.end(process)


def refused_configurations(w):
    for listen, more, sentence in (
            ("127.0.0.1", "", "ADDRESS:PORT"), ("localhost:1", "", "ADDRESS:PORT"), ("127.0.0.1:0", "", "ADDRESS:PORT"),
            ("127.0.0.1:65536", "", "ADDRESS:PORT"), ("[::1:80", "", "ADDRESS:PORT"), (":80", "", "ADDRESS:PORT"),
            (None, "certificate = /x", "no 'key'"), (None, "key = /x", "no 'certificate'")):
        w.configure(more, listen)
        status, _, err = w.run("--check", "-c", w.conf)
        want(status and sentence in err, listen, more, err)
    users, w.users = w.users, {}
    w.configure()
    status, _, err = w.run("--check", "-c", w.conf)
    want(status and "there is none" in err, err)
    w.users = users
    w.configure(listen="[::1]:8088")
    want(w.run("--check", "-c", w.conf)[0] == 0, "an IPv6 address")
    # What only the start can find
    w.configure("certificate = /none\nkey = /none")
    status, _, err = w.run("-c", w.conf)
    want(status and "cannot listen" in err, err)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        w.configure(listen=f"127.0.0.1:{s.getsockname()[1]}")
        status, _, err = w.run("-c", w.conf)
        want(status and "cannot listen" in err, err)
    w.configure()


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        w = Net(sys.argv[1], folder)
        process = w.start()
        tap.case("names and passwords", credentials, w)
        tap.case("a user that may only read", reading, w)
        tap.case("WebSocket", websocket, w)
        tap.case("passwords are guessed", guessing, w)
        tap.case("too many connections", connections, w)
        tap.case("users are changed", changed, w, process)
        tap.case("local users", local_users, w)
        tap.case("it ends", w.end, process)
        tap.case("TLS", tls, w)
        tap.case("what cannot be configured", refused_configurations, w)
        want("ERROR: " not in w.log(), w.log())
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
