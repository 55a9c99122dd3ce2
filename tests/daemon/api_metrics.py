# SPDX-License-Identifier: GPL-2.0-or-later
"""/metrics: read by its grammar, and what it tells is what happened"""
import os
import re
import time

import prometheus
from api_transfers import two_bridged
from client import Connection, Lines, WebSocket, request, until, want

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def page(t):
    answer = t.ask("GET", "/metrics")
    kind = answer.headers["content-type"]
    want(answer.status == 200 and kind.startswith("text/plain; version=0.0.4"), answer.headers)
    return prometheus.parse(answer.text)


def value(metrics, name, **labels):
    return metrics["opentdm_" + name][2].get(tuple(sorted(labels.items())), 0)


def grammar(t):
    """The parser refuses what is wrong; the page is right, and is what its document says"""
    good = '# HELP a_total x\n# TYPE a_total counter\na_total{b="c\\"\\\\\\n",d=""} 1\na_total 2\n'
    want(prometheus.parse(good)["a_total"][2] == {(("b", 'c"\\\n'), ("d", "")): 1, (): 2})
    for wrong in (good[:-1], good.replace("counter", "gauge"), good + "a_total 3\n", good.replace('c\\"', 'c"'),
                  good + "b 1\n", good + good, good.replace(' x\n', ' \n'), good.replace("d=", "b="), good + "\n",
                  good.replace("a_total", "a_ms_total"), good.replace(" 2\n", " two\n"), good.replace(" 2\n", " -2\n")):
        try:
            prometheus.parse(wrong)
        except ValueError:
            continue
        want(False, "this was taken:", wrong)
    metrics = page(t)
    with open(f"{TOP}/docs/metrics.md") as f:
        told = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", f.read(), re.M))
    want({name: family[0] for name, family in metrics.items()} == told, set(metrics) ^ set(told))
    with open(f"{TOP}/VERSION") as f:
        want(value(metrics, "build_info", version=f.read().strip()) == 1, metrics["opentdm_build_info"])
    for name, family in metrics.items():
        without = re.match("opentdm_(group|span)_", name)  # there are no lines here
        seen = name in ("opentdm_calls_ended_total", "opentdm_api_requests_total")  # each with its first one
        want(bool(family[2]) != bool(without) or seen, name, family)
    started = t.expect(200, "GET", "/asterisk/info")["status"]["startup_time"]
    begun = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(metrics["process_start_time_seconds"][2][()]))
    want(started.startswith(begun), started, begun)


def counting(t):
    """Each number before and after something of which it tells"""
    # What ended before is freed a grace period later.
    until(lambda: value(page(t), "serializers") == 0, "no serializer without a channel")
    before = page(t)
    a, b = t.two()
    # Counted by the events' thread, which the answers do not wait for.
    until(lambda: all(value(page(t), "calls_started_total", direction=way) ==
                      value(before, "calls_started_total", direction=way) + 1 for way in ("in", "out")), "both are counted")
    during = page(t)
    states = during["opentdm_calls"]
    want(value(during, "calls", state="Up") == 2 and value(during, "calls", state="Ringing") == 0, states)
    want(sum(during["opentdm_calls"][2].values()) == 2 == value(during, "serializers"), during)
    t.expect(204, "DELETE", f"/channels/{a}", reason_code=21)
    until(lambda: not t.channels(), "both end")

    def both():
        return value(page(t), "calls_ended_total", cause="21") == value(before, "calls_ended_total", cause="21") + 2
    until(both, "they are counted by their cause")
    a, b, c, d, br = two_bridged(t)
    want(value(page(t), "bridges") == 1)
    t.expect(204, "DELETE", f"/bridges/{br}")
    t.expect(200, "POST", f"/channels/{a}/move", source=c)
    until(lambda: value(page(t), "moves_total") == value(before, "moves_total") + 1, "the move is counted")
    t.all_gone()
    after = page(t)
    for name in ("tasks_total", "task_wait_seconds_total", "process_cpu_seconds_total", "lock_wait_seconds_total",
                 "lock_contended_total", "media_periods_total"):
        full = name if name.startswith("process") else "opentdm_" + name
        want(after[full][2][()] >= before[full][2][()], name)
    want(value(after, "tasks_total") > value(before, "tasks_total") and value(after, "serializer_depth_max") >= 1)
    want(0 < value(after, "task_wait_max_seconds") <= value(after, "task_wait_seconds_total") < 3600, after)
    want(after["process_resident_memory_bytes"][2][()] > 1 << 20, after["process_resident_memory_bytes"])


def clients(t):
    """Connections, readers, requests by status, events that were delivered and dropped"""
    until(lambda: value(page(t), "api_connections") == 1, "just the one that asks")
    before = page(t)
    want(value(before, "api_streams") == 0 == value(before, "api_applications"), before)
    kept = Connection(t.path)
    for _ in range(3):
        kept.send(request("GET", "/ari/asterisk/ping"))
        want(kept.answer().status == 200)
    ws, lines = WebSocket(t.path, "/ari/events?app=one,two"), Lines(t.path)
    t.expect(404, "GET", "/channels/nobody")
    now = page(t)
    want([value(now, f"api_{name}") for name in ("connections", "streams", "applications")] == [4, 2, 2], now)
    want(value(now, "api_requests_total", code="404") == value(before, "api_requests_total", code="404") + 1, now)
    want(value(now, "api_requests_total", code="200") >= value(before, "api_requests_total", code="200") + 4, now)
    a, b = t.pair(app="one")
    t.end(a, b)
    lines.until(lambda e: e["type"] == "ChannelDestroyed" and e["channel"]["id"] == b)
    delivered = value(page(t), "api_events_delivered_total") - value(before, "api_events_delivered_total")
    want(delivered >= 8, delivered)
    for one in (kept, ws, lines):
        one.close()
    until(lambda: value(page(t), "api_connections") == 1, "they have gone")
    want(value(page(t), "api_streams") == 0 == value(page(t), "api_applications"))


def dropping(t):
    """What a reader that does not read does not get is counted, and so is its end"""
    before = page(t)
    lazy = WebSocket(t.path, "/ari/events?subscribeAll=true&app=" + ",".join(f"lazy{n}" for n in range(30)))
    a = t.expect(200, "POST", "/channels/create", endpoint="Local/2001", app="x")["id"]

    def risen(name):
        return value(page(t), f"api_{name}_total") - value(before, f"api_{name}_total")

    def dropped():
        for _ in range(40):
            t.expect(204, "POST", f"/channels/{a}/variable", variable="v", value="x" * 90)
        return risen("events_dropped")
    until(dropped, "its queue is full", 60)
    got = 0
    while lazy.frame()[1] == 1:
        got += 1
    until(lambda: risen("readers_slow") == 1, "it was too slow")
    # What the queue still held is dropped with it, and each of the others was handed on.
    want(risen("events_dropped") > 2000 and risen("events_delivered") >= got > 0, got, page(t))
    lazy.close()
    t.all_gone()
