# SPDX-License-Identifier: GPL-2.0-or-later
"""tdmd's control API over its Unix socket, with nothing but Python's own library."""
import http.client
import json
import socket
import threading
import time
import urllib.parse


class Refused(Exception):
    pass


class _Unix(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.unix = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.unix)


class Daemon:
    """One tdmd. Its events are read by a thread of ours and kept, in order."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.events, self.changed = [], threading.Condition()
        self.apps = {}

    def ask(self, method, path, **params):
        connection = _Unix(self.path, 20)
        query = "?" + urllib.parse.urlencode(params) if params else ""
        connection.request(method, "/ari" + path + query)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        body = json.loads(text) if text else None
        if answer.status >= 300:
            raise Refused(f"{self.name} refuses {method} {path}: {body and body.get('message')}")
        return body

    def get(self, path, **params):
        return self.ask("GET", path, **params)

    def post(self, path, **params):
        if "app" in params:
            self.be(params["app"])
        return self.ask("POST", path, **params)

    def delete(self, path, **params):
        return self.ask("DELETE", path, **params)

    def be(self, app):
        """An application is there as long as a stream names it; this one does nothing about what it hears"""
        if not (app in self.apps and self.apps[app].is_alive()):
            self.apps[app] = self._stream(f"?app={app}", None)

    def listen(self):
        self._stream("", self._keep)

    def _stream(self, query, keep):
        connection = _Unix(self.path, None)
        connection.request("GET", f"/ari/events{query}")
        thread = threading.Thread(target=self._read, args=(connection.getresponse(), keep), daemon=True)
        thread.start()
        return thread

    def _keep(self, event):
        with self.changed:
            self.events.append(event)
            self.changed.notify_all()

    @staticmethod
    def _read(stream, keep):
        try:
            for line in stream:
                if keep and line.strip():
                    keep(json.loads(line))
        except (OSError, http.client.HTTPException, ValueError):
            pass  # the daemon has ended; whoever waits for an event runs into the time limit

    def wait(self, what, seconds=30, since=0):
        """The first event at or after index `since` for which what(event) holds"""
        limit, at = time.monotonic() + seconds, since
        with self.changed:
            while True:
                for i in range(at, len(self.events)):
                    if what(self.events[i]):
                        return self.events[i]
                at = len(self.events)
                if not self.changed.wait(max(0, limit - time.monotonic())):
                    if time.monotonic() >= limit:
                        seen = ", ".join(e["type"] for e in self.events[since:][-12:])
                        raise TimeoutError(f"{self.name}: not in {seconds} s; last events: {seen}")


def until(what, seconds, sentence):
    """Ask until what() is true; the API has no event for it"""
    limit = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > limit:
            raise TimeoutError(f"{sentence}: not in {seconds} s")
        time.sleep(0.1)
