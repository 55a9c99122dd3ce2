# SPDX-License-Identifier: GPL-2.0-or-later
"""/ari/api-docs: that it describes each row, and answers and events as it says."""
import re

from client import Api, want

SCALARS = {"string": str, "int": int, "long": int, "boolean": bool, "object": dict}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$")


class Docs:
    def __init__(self, path):
        api = Api(path)
        self.list = api.expect(200, "GET", "/api-docs/resources.json")
        self.resources = {}
        for entry in self.list["apis"]:
            name = re.fullmatch(r"/api-docs/(\w+)\.\{format\}", entry["path"]).group(1)
            self.resources[name] = api.expect(200, "GET", f"/api-docs/{name}.json")
        self.models = next(iter(self.resources.values()))["models"]
        self.operations = {}
        for name, resource in self.resources.items():
            for entry in resource["apis"]:
                for op in entry["operations"]:
                    key = op["httpMethod"], "/ari" + re.sub(r"\{\w+\}", "{}", entry["path"])
                    want(key not in self.operations, key, "is described twice")
                    self.operations[key] = name, entry["path"], op

    def check(self, kind, value, where):
        """Whether a value is of a type that the descriptions declare, no member more and none less"""
        inner = re.fullmatch(r"List\[(\w+)\]", kind)
        if inner:
            want(isinstance(value, list), where, "is no list")
            for i, one in enumerate(value):
                self.check(inner.group(1), one, f"{where}[{i}]")
        elif kind == "Date":
            want(isinstance(value, str) and DATE.match(value), where, value)
        elif kind in SCALARS:
            want(type(value) is SCALARS[kind] or value is None, where, "is no", kind, value)
        else:
            members = self.models[kind]["properties"]
            want(isinstance(value, dict) and not set(value) - set(members), where, "has unknown members of", kind,
                 sorted(set(value) - set(members)) if isinstance(value, dict) else value)
            for name, member in members.items():
                want(name in value or not member["required"], where, "lacks", name)
                if name in value:
                    self.check(member["type"], value[name], f"{where}.{name}")

    def answer(self, row, value):
        kind = self.operations[row][2]["responseClass"] if row in self.operations else None
        if kind == "void":
            want(value is None, row, "answers something")
        elif kind == "binary":
            want(isinstance(value, bytes), row, "answers no octets")
        elif kind:
            self.check(kind, value, " ".join(row))

    def event(self, event):
        want(event["type"] in self.models, event["type"], "is not described")
        want(event["type"] in self.models["Event"]["subTypes"], event["type"])
        self.check(event["type"], event, event["type"])


def describing(t, table):
    docs = t.docs
    want(docs.list["swaggerVersion"] == "1.1" and docs.list["basePath"] == "http://localhost/ari", docs.list)
    described = set(docs.operations) - {("GET", "/ari/events")}
    rows = {(method, path): params for method, path, params in table if path != "/metrics"}
    want(described == set(rows), "described or in the tables alone:", described ^ set(rows))
    for row, params in rows.items():
        resource, path, op = docs.operations[row]
        names = re.findall(r"\{(\w+)\}", path)
        want([p["name"] for p in op["parameters"]] == names + [p for p in params if p not in names], row, op["parameters"])
        for p in op["parameters"]:
            want(p["paramType"] == ("path" if p["name"] in names else "body" if p["name"] == "variables" else "query"),
                 row, p)
            want(p["required"] == (p["name"] in names), row, p)
        inner = re.sub(r"List\[(\w+)\]", r"\1", op["responseClass"])
        want(inner in ("void", "object", "binary") or inner in docs.models, row, inner)
        want(row[1].split("/")[2] == resource, row)
    for name, resource in docs.resources.items():
        nicks = [op["nickname"] for e in resource["apis"] for op in e["operations"]]
        want(len(nicks) == len(set(nicks)), name, nicks)
        want(resource["models"] == docs.models, name)
    for model in docs.models.values():
        for member in model["properties"].values():
            inner = re.sub(r"List\[(\w+)\]", r"\1", member["type"])
            want(inner in SCALARS or inner == "Date" or inner in docs.models, model["id"], inner)
    for bad in ("channels", "channels.xml", "chan.json", "channelss.json", ".json", "resources"):
        t.expect(404, "GET", f"/api-docs/{bad}")
