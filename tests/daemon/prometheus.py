# SPDX-License-Identifier: GPL-2.0-or-later
"""Prometheus' text form 0.0.4, read by its grammar: anything else is a ValueError"""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
UNITS = {"milliseconds", "ms", "us", "ns", "minutes", "hours", "kilobytes", "percent"}


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match or match.group(1) in labels or match.group(1).startswith("__"):
            raise ValueError(f"no labels: {text}")
        labels[match.group(1)] = re.sub(r"\\.", lambda m: UNESCAPED[m.group()], match.group(2))
        at = match.end()
    return labels


def parse(text):
    """{name: (type, help, {labels as a sorted tuple of pairs: value})}, in the order of the page"""
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    families, name = {}, None
    for line in text[:-1].split("\n"):
        about = re.match(rf"# (HELP|TYPE) ({NAME}) (.*)$", line)
        if about and about.group(1) == "HELP":
            name = about.group(2)
            if name in families:
                raise ValueError(f"{name} stands in two places")
            families[name] = [None, about.group(3), {}]
        elif about:
            if about.group(2) != name or families[name][0] or families[name][2] or \
                    about.group(3) not in ("counter", "gauge"):
                raise ValueError(f"out of place: {line}")
            families[name][0] = about.group(3)
        else:
            sample = SAMPLE.match(line)
            if not sample or sample.group(1) != name or not families[name][0]:
                raise ValueError(f"out of place: {line}")
            key = tuple(sorted(labels_of(sample.group(2) or "").items()))
            if key in families[name][2]:
                raise ValueError(f"twice: {line}")
            families[name][2][key] = float(sample.group(3))
    for name, (kind, text, samples) in families.items():
        if not text or (kind == "counter") != name.endswith("_total") or set(name.split("_")) & UNITS:
            raise ValueError(f"{name}: not named by the rules, or without a sentence")
        if kind == "counter" and any(value < 0 for value in samples.values()):
            raise ValueError(f"{name} is negative")
    return {name: tuple(family) for name, family in families.items()}
