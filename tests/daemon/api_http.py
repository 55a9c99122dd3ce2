# SPDX-License-Identifier: GPL-2.0-or-later
"""The control API's HTTP and its streams of events, with clients that misbehave"""
import json
import socket
import threading
import time

import shapes
from client import Connection, Lines, WebSocket, ends, request, until, want


def bodies(t):
    """Content-Length of nothing, too much, none, chunks; a request is carried out once"""
    ping = "/ari/asterisk/ping"

    def ended(c):
        want(c.closed(), "the connection stays open, or more than one answer came")

    a, b = t.two()
    lines = Lines(t.path)
    for number in range(20):
        with Connection(t.path) as c:  # with a length of 0: once
            c.send(request("POST", f"/ari/channels/{a}/dtmf?dtmf=1", ""))
            answer = c.answer()
            want(answer.status == 204 and answer.headers.get("connection") == "close", answer.headers)
            ended(c)
    for number in range(20):
        event = lines.until(lambda e: e["type"] == "ChannelDtmfReceived")[-1]
        want(event["digit"] == "1")
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="9")
    want(lines.until(lambda e: e["type"] == "ChannelDtmfReceived")[-1]["digit"] == "9", "a digit was sent twice")
    lines.close()
    with Connection(t.path) as c:  # originated once
        c.send(request("POST", "/ari/channels?endpoint=Local/2007&app=x", ""))
        want(c.answer().status == 200)
    want(len([x for x in t.channels() if x["leg"] == "2007;1"]) == 1, "originated twice")
    t.all_gone()

    with Connection(t.path) as c:  # without any length: answered, then closed, and said so
        c.send(request("POST", "/ari/bridges"))
        answer = c.answer()
        want(answer.status == 200 and answer.headers.get("connection", "").lower() == "close", answer.headers)
        ended(c)
    want(len(t.expect(200, "GET", "/bridges")) == 1, "made twice")
    t.all_gone()
    for size in (65536, 65535):  # the longest that is read; then one that is refused unread
        with Connection(t.path) as c:
            body = json.dumps({"name": "n"})
            c.send(request("POST", "/ari/bridges", body + " " * (size - len(body))))
            want(c.answer().status == 200, size)
    t.all_gone()
    for size in (65537, 1 << 20, 1 << 40):
        with Connection(t.path) as c:
            c.send(f"POST /ari/bridges HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n")
            answer = c.answer()
            want(answer.status == 413 and answer.message(), answer)
            ended(c)
    for value in ("-1", "x", "1x", "99999999999999999999999", "5, 6"):
        with Connection(t.path) as c:
            c.send(f"POST /ari/bridges HTTP/1.1\r\nHost: x\r\nContent-Length: {value}\r\n\r\n")
            answer = c.answer()
            want(answer.status in (400, 413), value, answer)
            ended(c)
    with Connection(t.path) as c:
        c.send("POST /ari/bridges HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        want(c.answer().status == 411)
        ended(c)
    for method in ("GET", "DELETE", "PUT"):  # a body that is not asked for
        with Connection(t.path) as c:
            c.send(request(method, ping, '{"x":1}'))
            want(c.answer().status == (200 if method == "GET" else 405), method)
            ended(c)
    want(t.expect(200, "GET", "/bridges") == [], "a refused request made a bridge")


def slow(t):
    """A body that comes octet by octet; clients that say half of it, or do not read, delay nobody"""
    body = json.dumps({"name": "slow"})
    head = request("POST", "/ari/bridges", body)
    with Connection(t.path) as c:
        for octet in head:
            c.send(bytes([octet]))
            time.sleep(0.001)
        want(c.answer().status == 200)
    t.all_gone()
    halves = []
    for at in (1, 4, 30, len(head) - 3):
        c = Connection(t.path)
        c.send(head[:at])
        halves.append(c)
    t.expect(200, "GET", "/asterisk/ping")
    halves[1].send(head[4:])  # after some seconds it would have been given up
    want(halves[1].answer().status == 200, "others waited for half a request")
    t.all_gone()
    for c in halves[2:]:
        c.close()
    want(t.expect(200, "GET", "/bridges") == [], "half a request was carried out")
    # An answer that does not fit into the socket, and nobody reads it; at last somebody does
    for n in range(1500):
        t.expect(200, "POST", "/bridges", name=f"a bridge with a long name, so that the list is long {n}")
    with Connection(t.path) as c:
        c.send(request("GET", "/ari/bridges"))
        c.sock.recv(1, socket.MSG_PEEK)  # it has begun
        t.expect(200, "GET", "/asterisk/ping")
        answer = c.answer()
        want(len(answer.text) > 300000 and len(answer.json) == 1500, len(answer.text))
        c.send(request("GET", "/ari/asterisk/ping"))
        want(c.answer().status == 200, "after a long answer")
    with Connection(t.path) as c:  # gone before the answer
        c.send(request("GET", "/ari/bridges"))
    t.all_gone()
    for c in halves:
        c.close()


def kept(t):
    """Requests one after the other, and several at once, on one connection"""
    with Connection(t.path) as c:
        for _ in range(200):
            c.send(request("GET", "/ari/asterisk/ping"))
            want(c.answer().json["ping"] == "pong")
        for _ in range(50):
            made = t.expect(200, "POST", "/bridges", {"name": "kept"})
            c.send(request("DELETE", f"/ari/bridges/{made['id']}"))
            want(c.answer().status == 204)
            c.send(request("GET", f"/ari/bridges/{made['id']}"))
            want(c.answer().status == 404)
    with Connection(t.path) as c:
        c.send(request("GET", "/ari/asterisk/ping") * 40)
        for _ in range(40):
            want(c.answer().json["ping"] == "pong")
    for length in ("{}", ""):  # after a POST the connection ends: what was sent behind it is not carried out
        with Connection(t.path) as c:
            c.send(request("POST", "/ari/bridges", length) * 3)
            want(c.answer().json["bridge_type"] == "mixing")
            want(c.closed())
        want(len(t.expect(200, "GET", "/bridges")) == 1, "more than the first was carried out")
        t.all_gone()
        a, b = t.two()
    # Those that end later, in a task: answered in order, or disconnected without an answer; no other client
    # notices, which the library makes hard
    for n in (1, 2, 3, 5, 40):
        with Connection(t.path) as c:
            c.send((request("POST", f"/ari/channels/{a}/variable", json.dumps({"variable": "v", "value": "1"})) +
                    request("GET", f"/ari/channels/{a}/variable?variable=v") +
                    request("GET", "/ari/asterisk/ping")) * n)
            try:
                for _ in range(n):
                    want(c.answer().status == 204)
                    want(c.answer().json == {"value": "1"})
                    want(c.answer().json["ping"] == "pong")
            except (EOFError, ConnectionResetError):
                pass
        t.expect(200, "GET", "/asterisk/ping")
    with Connection(t.path) as c:  # an explicit end
        c.send("GET /ari/asterisk/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        want(c.answer().status == 200)
        want(c.closed(), "asked to close")
    t.end(a, b)


def malformed(t):
    for text in ("\r\n\r\n", "GET\r\n\r\n", "NONSENSE / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0",
                 "GET " + "/x" * 3000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/asterisk/ping HTTP/1.1\r\n" + "X: " + "y" * 70000 + "\r\n\r\n",
                 "GET /ari/%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ari/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?" + "a=b&" * 100 + " HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?=b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ari/channels?x HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?a=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
                 "GET /ari/channels?" + "n" * 70 + "=b HTTP/1.1\r\nHost: x\r\n\r\n",
                 "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
        with Connection(t.path) as c:
            try:
                c.send(text.encode("latin1"))
                c.sock.shutdown(socket.SHUT_WR)
                data = c.sock.recv(65536)
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            want(not data or int(data.split()[1]) >= 400, text[:60], data[:100])
        t.expect(200, "GET", "/asterisk/ping")


def events(t):
    """The same events, in one order, as lines and by WebSocket; numbered without a gap"""
    lines, ws, second = Lines(t.path), WebSocket(t.path), WebSocket(t.path)
    want(lines.headers["content-type"] == "application/x-ndjson", lines.headers)
    want(ws.status == 101 and second.status == 101, ws.status)
    a, b = t.two()
    t.expect(204, "POST", f"/channels/{a}/dtmf", dtmf="5")
    t.expect(204, "POST", f"/channels/{a}/hold")
    t.expect(204, "DELETE", f"/channels/{a}/hold")
    t.expect(204, "POST", f"/channels/{a}/variable", variable="x", value="y")
    c, d = t.two()
    br = t.expect(200, "POST", "/bridges")["id"]
    t.expect(204, "POST", f"/bridges/{br}/addChannel", channel=f"{a},{c}")
    t.expect(204, "POST", f"/bridges/{br}/removeChannel", channel=a)
    t.expect(200, "POST", f"/channels/{a}/move", source=c)
    t.end(a, d)
    t.expect(204, "DELETE", f"/bridges/{br}")
    streams = []
    for stream in (lines, ws, second):
        streams.append(stream.until(ends(a, b, c, d, br)))
    want(streams[0] == streams[1] == streams[2], "streams differ")
    numbers = [e["seq"] for e in streams[0]]
    want(numbers == list(range(numbers[0], numbers[0] + len(numbers))), numbers)
    for event in streams[0]:
        shapes.check_event(event)
    kinds = {e["type"] for e in streams[0]}
    wanted = {"ChannelCreated", "ChannelStateChange", "Dial", "ChannelDtmfReceived", "ChannelHold", "ChannelUnhold",
              "ChannelVarset", "ChannelMoved", "ChannelHangupRequest", "ChannelDestroyed", "BridgeCreated",
              "ChannelEnteredBridge", "ChannelLeftBridge", "BridgeDestroyed"}
    want(kinds >= wanted, "never seen:", wanted - kinds)
    for sid in (a, b, c, d):  # the first is its creation, the last its end
        own = [e["type"] for e in streams[0] if e.get("channel", e.get("peer", {})).get("id") == sid]
        want(own[0] == "ChannelCreated" and own[-1] == "ChannelDestroyed" and
             own.count("ChannelDestroyed") == 1, own)
    ws.send(9, b"are you there")
    want(ws.message() == (10, b"are you there"), "ping")
    ws.send(1, b"what a client says is not read")
    a, b = t.two()
    t.end(a, b)
    ws.until(ends(a, b))
    ws.send(8, b"\x03\xe8")
    want(ws.message()[0] == 8, "close")
    want(ws.c.closed())
    second.close()  # without a word
    lines.close()
    for where in ("/ari/channels", "/", "/ari/eventsx"):
        try:
            want(WebSocket(t.path, where).status >= 400, where)
        except EOFError:
            pass
    t.expect(200, "GET", "/asterisk/ping")
    t.all_gone()


def lazy(t):
    """Who never reads is disconnected, and the others lose nothing"""
    lazy_ones = [WebSocket(t.path), Lines(t.path)]
    reader = WebSocket(t.path)
    got, gone = [], threading.Event()

    def read():
        try:
            while True:
                got.append(reader.next())
        except (OSError, EOFError):
            gone.set()
    threading.Thread(target=read, daemon=True).start()
    a, b = t.two()
    sent = 0
    for n in range(5000):
        t.expect(204, "POST", f"/channels/{a}/variable", {"variable": "n", "value": str(n)})
        sent += 1
    until(lambda: sum(e["type"] == "ChannelVarset" for e in got) == sent, "the reader gets all", 60)
    numbers = [e["seq"] for e in got]
    want(numbers == list(range(numbers[0], numbers[0] + len(numbers))), "a gap")
    for one in lazy_ones:
        seen = 0
        try:
            while seen <= sent:
                if isinstance(one, WebSocket):
                    opcode, payload = one.message()
                    if opcode == 8:
                        want(payload[:2] == b"\x03\xf0" and payload[2:], payload)  # 1008: policy; with a reason
                        break
                else:
                    one.next()
                seen += 1
        except (EOFError, ConnectionResetError):
            pass
        want(seen < sent, "a lazy reader was never disconnected")
        one.close()
    reader.close()
    t.end(a, b)


def many(t):
    """300 connections: those beyond the limit wait or are closed; nothing else happens to anybody"""
    held = []
    for _ in range(300):
        try:
            held.append(Connection(t.path))
        except (ConnectionRefusedError, BlockingIOError, socket.timeout):
            break
    want(len(held) > 200, len(held))
    served = 0
    for c in held[:200]:
        c.send(request("GET", "/ari/asterisk/ping"))
    for c in held[:200]:
        served += c.answer().status == 200
    want(served == 200, served)
    for c in held:
        c.close()

    def answers():
        try:
            return t.ask("GET", "/asterisk/ping").status == 200
        except (OSError, EOFError):
            return False
    until(answers, "served again after the others went")
    streams, refused = [], 0
    for _ in range(272):  # more event streams than there may be: the rest hear a number and a sentence
        c = Connection(t.path)
        c.send(request("GET", "/ari/events"))
        status, headers = c.head()
        if status != 200:
            want(status == 503 and int(headers.get("content-length", 0)) > 8, status, headers)
            refused += 1
        streams.append(c)
    want(refused == 16, refused)
    for c in streams:
        c.close()

    def streams_again():
        with Connection(t.path) as one:
            one.send(request("GET", "/ari/events"))
            return one.head()[0] == 200
    until(streams_again, "streams again")
    before = t.cpu()
    time.sleep(0.5)
    want(t.cpu() - before < 0.25, "tdmd is busy though nobody asks")


def queries(t):
    """An empty one is none; what is not NAME=VALUE is refused with a sentence, by a WebSocket too"""
    for query in ("", "&"):
        with Connection(t.path) as c:
            c.send(request("GET", f"/ari/channels?{query}"))
            answer = c.answer()
            want(answer.status == 200, query, answer)
    for query in ("a=%ff", "novalue"):
        with Connection(t.path) as c:
            c.send(request("GET", f"/ari/channels?{query}"))
            answer = c.answer()
            want(answer.status == 400 and "NAME=VALUE" in answer.message(), query, answer)
        ws = WebSocket(t.path, f"/ari/events?{query}")
        opcode, payload = ws.message()
        want(opcode == 8 and payload[:2] == b"\x03\xf0" and b"NAME=VALUE" in payload, query, payload)
        ws.close()
    ws = WebSocket(t.path, "/ari/events?")
    a = t.expect(200, "POST", "/channels", endpoint="Local/2001", app="x")["id"]
    want(ws.next()["type"] == "ChannelCreated", "it hears everything")
    t.end(a)
    ws.close()


def storm(t):
    """Requests of all kinds from many threads, while connections break off"""
    stop, failures = time.monotonic() + 4, []

    def run(number):
        try:
            n = 0
            while time.monotonic() < stop:
                n += 1
                sid = f"s{number}-{n}"
                with Connection(t.path) as c:
                    c.send(request("POST", f"/ari/channels/{sid}", json.dumps(
                        {"endpoint": "Local/2001", "extension": "2002"})))
                    if n % 3:
                        want(c.answer().status == 200, sid)
                with Connection(t.path) as c:
                    c.send(request("POST", f"/ari/channels/{sid}/hold", ""))
                    if n % 2:
                        c.answer()
                with Connection(t.path) as c:
                    c.send(request("DELETE", f"/ari/channels/{sid}"))
                    if n % 5:
                        want(c.answer().status in (204, 404), sid)
        except Exception as error:  # of any thread
            failures.append(f"{type(error).__name__}: {error}")
    threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    want(not failures, failures[:3])
    t.all_gone()
