# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/api.md as a source of tests: its requests, orders of events, examples; and the calls that they speak of."""
import json
import os
import re
import subprocess
import urllib.parse
from collections import namedtuple

from client import Api, Lines, Listener, until, want
from program import World
from tcp import free_port

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORT, USER = "8088", "pbx:secret"  # as the document has them
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

Request = namedtuple("Request", "text user method path params status says")
Order = namedtuple("Order", "operation request of events")


def parse(line):
    """[USER] METHOD PATH [NAME=VALUE...] STATUS [SENTENCE], or without a status as in the orders of events"""
    words = line.split()
    user = USER if words[0] in METHODS else f"{words.pop(0)}:secret"
    method, path, params = words.pop(0), words.pop(0), []
    while words and "=" in words[0]:
        params.append(words.pop(0).replace("+", " "))
    want(method in METHODS and path.startswith("/"), "this is no request:", line)
    status = int(words.pop(0)) if words else None
    return Request(line, user, method, path, params, status, " ".join(words))


def curl(request, where, fill):
    """(status, body), which may be octets; where ends with the address"""
    path = fill(request.path, lambda text: urllib.parse.quote(text, ":"))
    argv = ["curl", "-sS", "-X", request.method, "-w", "\n%{http_code} %{content_type}", *where[:-1], where[-1] + path]
    if request.params:
        argv.append("-G")
    for param in request.params:
        argv += ["--data-urlencode", fill(param)]
    out = subprocess.run(argv, capture_output=True, timeout=60, check=True).stdout
    body, end = out.rsplit(b"\n", 1)
    status, _, kind = end.decode().partition(" ")
    if not body:
        return int(status), None
    return int(status), json.loads(body) if kind.startswith("application/json") else body


def filled(text, value, quote=str):
    """With what the names in braces stand for"""
    return re.sub(r"\{(\w+)\}", lambda m: quote(str(value(m.group(1)))), text)


class Document:
    def __init__(self, name="docs/api.md"):
        with open(f"{TOP}/{name}") as f:
            self.text = f.read()
        self.blocks = re.findall(r"^```(\w+)\n(.*?)^```$", self.text, re.M | re.S)
        want(self.text.count("\n```") == 2 * len(self.blocks), "a block without an end, or without a language")

    def block(self, language, word=""):
        found = [body for kind, body in self.blocks if kind == language and word in body]
        want(len(found) == 1, len(found), "blocks", language, word)
        return found[0]

    def requests(self):
        """{what tdmd.conf has more: [Request]}; "lines" is where lines are needed"""
        groups = {}
        for kind, body in self.blocks:
            more = ""
            for line in body.splitlines() if kind == "api" else ():
                if line.startswith("# with "):
                    more = line.removeprefix("# with ")
                elif line and not line.startswith("#"):
                    groups.setdefault(more, []).append(parse(line))
        return groups

    def rows(self, *head):
        """Of the tables with this head"""
        table = re.compile(r"^\| " + r" \| ".join(head) + r" \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", re.M)
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for body in table.findall(self.text)
                for line in body.splitlines()]

    def orders(self):
        rows = []
        for operation, request, of, events in self.rows("operation", "request", "of", "events, in this order"):
            rows.append(Order(operation, parse(request.strip("`")), of.strip("`"),
                              [(kind, note) for kind, note in re.findall(r"`(\w+)`(?: \((\w+)\))?", events)]))
        return rows


class Guide(World):
    """A daemon as the document configures it"""

    def __init__(self, tdmd, folder, document, more=""):
        super().__init__(tdmd, folder)
        self.port, self.document = str(free_port()), document
        self.url = f"http://127.0.0.1:{self.port}/ari"
        self.api, self.made, self.recordings = Api(self.path), {}, 0
        for name in ("sounds", "recordings"):
            os.makedirs(f"{folder}/{name}", exist_ok=True)
        with open(f"{folder}/sounds/hello.alaw", "wb") as f:
            f.write(b"\xd5" * 800)
        with open(f"{folder}/sounds/long.alaw", "wb") as f:
            f.write(b"\xd5" * 8000 * 60)
        text = self.here(document.block("ini")).replace("[api]", "[api]\nsocket = {dir}/sock")
        self.write(text + "[media]\nsounds = {dir}/sounds\nrecordings = {dir}/recordings\n" +
                   "[music default]\nfolder = {dir}/sounds\n" +
                   re.sub(r"(\[\w+\]) ", r"\1\n", more).replace(", ", "\n").replace("DIR", folder) + "\n")

    def here(self, text):
        """The document's port is one that is free here"""
        return text.replace(PORT, self.port)

    def curl(self, request):
        return curl(request, ["-u", request.user, self.url], self.fill)

    def ask(self, line, status=200):
        """What only leads there goes the shorter way; status None: any"""
        request = parse(line)
        answer = self.api.ask(request.method, self.fill(request.path, urllib.parse.quote),
                              **dict(self.fill(param).split("=", 1) for param in request.params))
        want(status in (None, answer.status), line, answer)
        return answer.json

    # --- what the document writes in braces

    def fill(self, text, quote=str):
        return filled(text, self.get, quote)

    def get(self, name):
        if name not in self.made:
            getattr(self, f"make_{name}")()
        return self.made[name]

    def reached(self, sid, state):
        """It is in that state, and what led there was told: it is shown before that, and what is asked comes after it"""
        until(lambda: self.ask(f"GET /channels/{sid}")["state"] == state, f"{sid} {state}")
        self.ask(f"GET /channels/{sid}/variable variable=none", 404)

    def up(self, number="2001"):
        sid = self.ask(f"POST /channels endpoint=Local/{number} app=pbx")["id"]
        self.reached(sid, "Up")
        return sid

    def joined(self, *names):
        bridge, ids = self.ask("POST /bridges")["id"], [self.up() for _ in names]
        self.ask(f"POST /bridges/{bridge}/addChannel channel={','.join(ids)}", 204)
        self.made.update(zip(names, ids))
        return bridge

    def make_call(self):
        self.made["call"], self.made["number"] = self.up(), "2001"
        self.ask("POST /channels/{call}/variable variable=colour value=red", 204)

    make_number = make_call

    def make_other(self):
        self.made["other"] = self.up("2002")

    def make_new(self):
        self.made["new"] = self.ask("POST /channels/create endpoint=Local/2001 app=pbx")["id"]
        self.reached(self.made["new"], "Down")

    def make_snoop(self):
        self.made["snoop"] = self.ask("POST /channels/{call}/snoop spy=both app=pbx")["id"]

    def make_arriving(self):
        self.made["caller"] = self.ask("POST /channels endpoint=Local/3001 app=pbx")["id"]
        self.made["arriving"] = until(
            lambda: next((c["id"] for c in self.ask("GET /channels") if c["leg"] == "3001;2"), None), "the call arrives")
        self.reached(self.made["arriving"], "Ring")
        self.reached(self.made["caller"], "Dialing")

    def make_answered(self):
        self.ask("POST /channels/{arriving}/answer", 204)
        self.made.update(answered=self.made["arriving"], party=self.made["caller"])
        for sid in (self.made["answered"], self.made["party"]):
            self.reached(sid, "Up")

    make_party = make_answered

    def make_ringing(self):
        self.get("arriving")
        self.ask("POST /channels/{arriving}/ring", 204)
        self.reached(self.made["caller"], "Ringing")
        self.made["ringing"] = self.made["caller"]

    make_caller = make_arriving

    def make_bridge(self):
        self.made["bridge"] = self.ask("POST /bridges")["id"]

    def make_pair(self):
        self.made["pair"] = self.joined("first", "second")

    make_first = make_second = make_pair

    def make_consult(self):
        self.joined("consult", "third")

    make_third = make_consult

    def make_playback(self):
        self.made["playback"] = self.ask("POST /channels/{call}/play media=sound:long", 201)["id"]
        until(lambda: self.ask("GET /playbacks/{playback}")["state"] == "playing", "it has begun")
        self.reached(self.made["call"], "Up")

    def make_recording(self):
        self.recordings += 1
        self.made["recording"] = self.ask(f"POST /channels/{{call}}/record name=r{self.recordings}", 201)["name"]
        until(lambda: self.ask("GET /recordings/live/{recording}")["state"] == "recording", "it has begun")
        self.reached(self.made["call"], "Up")

    def make_paused(self):
        self.made["paused"] = self.get("recording")
        self.ask("POST /recordings/live/{recording}/pause", 204)

    def make_stored(self):
        self.made["stored"] = name = self.get("recording")
        del self.made["recording"]
        self.ask(f"POST /recordings/live/{name}/stop", 204)
        until(lambda: any(r["name"] == name for r in self.ask("GET /recordings/stored")), "it is stored")

    def make_place(self):
        self.made["place"] = self.ask("POST /channels/{call}/park")["place"]

    def make_record(self):
        self.ask("DELETE /channels/{call}", 204)
        self.made["record"] = until(lambda: next((r["id"] for r in self.ask("GET /records") if r["end_us"]), None),
                                    "the call is on record")

    def clear(self):
        self.made = {}
        for kind in ("channels", "bridges"):
            for one in self.ask(f"GET /{kind}"):
                self.ask(f"DELETE /{kind}/{one['id']}", None)
        until(lambda: not self.ask("GET /channels") and not self.ask("GET /bridges") and
              not self.ask("GET /asterisk/info")["core"]["serializers"], "nothing is left")


PATIENCE = 60  # seconds; it is over much sooner


def pbx_example(w, command, env=None):
    """The document's application: a caller chooses a desk, talks to it, hangs up; then a desk hangs up"""
    outer = Listener(w.path, "outside")
    process = subprocess.Popen(command, env=dict(os.environ, **(env or {})), start_new_session=True)
    try:
        until(lambda: any(a["name"] == "pbx" for a in w.ask("GET /applications")), "the application is there",
              PATIENCE)
        for ends in ("caller", "desk"):
            lines = Lines(w.path, PATIENCE)
            outside = w.ask("POST /channels endpoint=Local/3001 app=outside")["id"]
            until(lambda: w.ask(f"GET /channels/{outside}")["state"] == "Up", "it is answered", PATIENCE)
            inside = lines.until(lambda e: e["type"] == "PlaybackStarted")[-1]["playback"]["target_uri"].partition(":")[2]
            w.ask(f"POST /channels/{outside}/dtmf dtmf=2", 204)
            seen = lines.until(lambda e: e["type"] == "ChannelEnteredBridge" and e["channel"]["id"] == f"{inside}-desk")
            want(seen[-1]["bridge"]["id"] == inside and seen[-1]["channel"]["name"].startswith("Local/2002"), seen[-1])
            want(sorted(w.ask(f"GET /bridges/{inside}")["channels"]) == [inside, f"{inside}-desk"], "they do not talk")
            w.ask(f"DELETE /channels/{outside if ends == 'caller' else inside + '-desk'}", 204)
            until(lambda: not w.ask("GET /channels") and not w.ask("GET /bridges"), f"all ends with the {ends}",
                  PATIENCE)
            lines.close()
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)
        outer.end()
