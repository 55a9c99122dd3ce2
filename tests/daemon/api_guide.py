#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/api.md is true: its requests by curl, its orders of events, its examples in sh; and no row of the API is
missing in it. TAP. Needs curl and jq, no root and no kernel module.

usage: api_guide.py TDMD [WORD...]: just the lines that have one of the words, of which "examples" stands for those
"""
import os
import subprocess
import sys
import tempfile

import shapes
from api_docs import Docs
from client import Connection, Listener, Tap, WebSocket, until, want
from client import request as http
from guide import Document, Guide, parse, pbx_example

TIMES = 10 if os.environ.get("OPENTDM_LONG") == "1" else 1


class Reader:
    """All events that a stream has heard, and of each object its own"""

    def __init__(self, w):
        self.w = w
        self.stream = WebSocket(w.path, "/ari/events?app=pbx&subscribeAll=true")
        want(self.stream.status == 101, self.stream.status)

    def mark(self):
        """Events up to now"""
        sid = self.w.ask("POST /channels/create endpoint=Local/2001 app=pbx")["id"]
        self.w.ask(f"DELETE /channels/{sid}", 204)
        seen = self.stream.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == sid)
        for event in seen:
            shapes.check_event(event)
        return [e for e in seen if e.get("channel", e.get("peer", {})).get("id") != sid]

    def quiet(self):
        """What was done before has been told"""
        until(lambda: not self.mark(), "silence")

    @staticmethod
    def of(events, sid):
        out = []
        for event in events:
            channel = event.get("channel", event.get("peer", {}))
            of = event.get("playback", event.get("recording", {})).get("target_uri", "").partition(":")[2]
            if sid in (channel.get("id"), event.get("bridge", {}).get("id"), of):
                out.append((event["type"], channel["state"] if event["type"] == "ChannelStateChange" else ""))
        return out


def order(w, reader, row):
    w.fill(f"{row.request.text} {'' if row.of == '{made}' else row.of}")  # the calls that it speaks of
    reader.quiet()
    status, body = w.curl(row.request)
    want(status < 300, status, body)
    w.made["made"] = (body or {}).get("id")
    sid, events, got = w.get(row.of.strip("{}")), [], []
    try:
        while len(got) < len(row.events):
            events.append(reader.stream.next())
            got = reader.of(events, sid)
    except OSError:
        pass  # it says below what is missing
    got = reader.of(events + reader.mark(), sid)
    want(got == row.events, "not as documented:", got)


def request(w, docs, line, reached):
    status, body = w.curl(line)
    want(status == line.status, status, body)
    row = next((row for row, (_, path, _) in docs.operations.items() if row[0] == line.method and
                path_fits(path, w.fill(line.path))), None)
    reached.setdefault(row, set()).add(status < 300)
    if status >= 300:
        shapes.check(body, {"message": str})
        want(line.says in body["message"] and len(body["message"]) > 8, body)
    else:
        want(row, "is in no description")
        docs.answer(row, body)


def path_fits(path, asked):
    parts, other = path.split("/"), asked.split("/")
    return len(parts) == len(other) and all(a == b or a.startswith("{") for a, b in zip(parts, other))


def requests(tap, tdmd, document, only):
    """Each line; and no row of the API is without one that is answered and one that is refused"""
    reached, rows = {}, set()
    for more, lines in document.requests().items():
        if more == "lines":  # tests/selftests/pri/service.py has them
            reached.update({row: {True, False} for row in
                            (("GET", "/ari/groups/{}"), ("POST", "/ari/groups/{}/service"), ("GET", "/ari/spans/{}"))})
            continue
        lines = [line for line in lines if not only or any(word in line.text for word in only)]
        if not lines:
            continue
        with tempfile.TemporaryDirectory() as folder:
            w = Guide(tdmd, folder, document, more)
            process = w.start()
            docs, _ = Docs(w.path), Listener(w.path, "pbx")
            rows |= set(docs.operations) - {("GET", "/ari/events")}
            for line in lines:
                tap.case(line.text, request, w, docs, line, reached)
                if not line.path.startswith("/deviceStates"):  # those lines go together
                    w.clear()
            w.end(process)
    if not only:
        refusals(tap, document)
    for row in sorted(rows) if not only else ():
        tap.ok(True in reached.get(row, ()), f"{' '.join(row)} has a line with success")
        tap.ok(False in reached.get(row, ()), f"{' '.join(row)} has a line with a refusal")


def refusals(tap, document):
    """Each status that the document tells of is one that curl is refused with: by a line, or in an example"""
    seen = {line.status for lines in document.requests().values() for line in lines}
    seen |= {int(line) for kind, body in document.blocks if kind == "text" for line in body.splitlines() if line.isdigit()}
    told = [int(status) for statuses, _ in document.rows("status", "when") for status in statuses.split(", ")]
    # These are no request's fault; crowd() brings the first about.
    for status in sorted(set(told) - {503, 504, 500}):
        tap.ok(status in seen, f"a request is refused with {status}")
    tap.ok(seen <= {*told, 200, 201, 204}, "and with none that is not told of", seen)


def crowd(w):
    """One stream more than there may be"""
    streams = []
    try:
        for _ in range(300):
            stream = Connection(w.path)
            streams.append(stream)
            stream.send(http("GET", "/ari/events"))
            if stream.head()[0] == 503:
                break
        status, body = w.curl(parse("GET /events"))
        want(status == 503 and len(body["message"]) > 8, status, body)
    finally:
        for stream in streams:
            stream.close()
    until(lambda: "\nopentdm_api_streams 0\n" in w.api.ask("GET", "/metrics").text, "the others have gone")


def shell(w, document):
    """Each block in sh that is followed by what it prints"""
    for (kind, body), (after, printed) in zip(document.blocks, document.blocks[1:]):
        if (kind, after) != ("sh", "text"):
            continue
        for _ in range(5 if "guess" in body else 1):  # ten in a second take a machine that is not too busy
            done = subprocess.run(["sh", "-e", "-c", w.here(body)], capture_output=True, text=True, timeout=120,
                                  check=False)
            w.clear()
            if done.stdout == printed:
                break
        want(done.stdout == printed, "it does not print what the document says:", done.stdout, done.stderr)


def main():
    tap, only, document = Tap(), sys.argv[2:], Document()
    requests(tap, sys.argv[1], document, only)
    with tempfile.TemporaryDirectory() as folder:
        w = Guide(sys.argv[1], folder, document)
        process = w.start()
        shapes.docs = Docs(w.path)
        for _ in range(TIMES):
            reader = Reader(w)
            for row in document.orders():
                if only and not any(word in row.operation for word in only):
                    continue
                if not tap.case(f"events: {row.operation}, of {row.of}", order, w, reader, row):
                    reader.stream.close()
                    reader = Reader(w)
                w.clear()
            reader.stream.close()
        if not only or "examples" in only:
            with Listener(w.path, "pbx"):
                tap.case("examples with curl", shell, w, document)
            tap.case("a stream too many, with curl", crowd, w)
            with open(f"{folder}/pbx.sh", "w") as f:
                f.write(w.here(document.block("sh", "while read")))
            tap.case("a PBX with curl", pbx_example, w, ["sh", f"{folder}/pbx.sh"])
        w.end(process)
    sys.exit(tap.finish())


main()
