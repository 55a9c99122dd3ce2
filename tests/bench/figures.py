# SPDX-License-Identifier: GPL-2.0-or-later
"""What the measurements in the guest have in common: a boot whose instructions are counted, and figures.

A figure is {name, system, pairs, value, unit, spread}. All of them stand in build/bench/results.json, which
each measurement brings up to date for its own names; committed ones are a file tests/bench/NAME.json.
"""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = TOP / os.environ.get("BUILD", "build") / "bench"
TOLERANCE = 0.03
COST = "k/channel-s"


def boot(name, command, timeout, options=("--icount",), judged=True):
    """Runs a command in the guest; the objects that it printed, one a line. Ends the program if it failed.

    Not judged: what was found wrong is a finding.
    """
    share = OUT / name
    share.mkdir(parents=True, exist_ok=True)
    argv = [TOP / "tests/vm/run", "--timeout", timeout, "--share", share, *options, "--", *command]
    child = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, text=True)
    found = []
    for line in child.stdout:
        if line.startswith("{"):
            found.append(json.loads(line))
        else:
            print(line, end="", flush=True)
    if child.wait() or not found or (judged and not all(f.get("right", True) for f in found)):
        sys.exit(f"{name}: the measurement failed: no figures")
    return found


def figure(name, system, pairs, unit, values):
    """The median, and how far the values lie apart."""
    value = statistics.median(values)
    spread = (max(values) - min(values)) / value if value else 0
    return {"name": name, "system": system, "pairs": pairs, "value": round(value, 3),
            "unit": unit, "spread": round(spread, 5)}


def publish(rows):
    """Into results.json, in the place of what was there of the same name and system."""
    path = OUT / "results.json"
    mine = {(r["name"], r["system"]) for r in rows}
    try:
        others = [r for r in json.loads(path.read_text()) if (r["name"], r["system"]) not in mine]
    except FileNotFoundError:
        others = []
    path.write_text("[\n" + ",\n".join(json.dumps(r) for r in others + rows) + "\n]\n")


def table(rows, targets, at):
    """A line for each load and number of pairs: every system's figure, and what is asked for with `at` pairs."""
    lines = {}
    for r in rows:
        if r["system"] in ("nothing", "timer"):
            print(f"{r['system']:<36} {r['value']:12.1f} {r['unit']:<12} {r['spread'] * 100:6.2f} %")
        else:
            lines.setdefault((r["name"], r["pairs"]), {})[r["system"]] = r
    print(f"{'load':<36} {'pairs':>5} {'opentdm':>12} {'dahdi':>12} {'unit':<12} {'spread':>8}  asked")
    for (name, pairs), by in lines.items():
        one = next(iter(by.values()))
        figures = "".join(f" {by[s]['value']:12.1f}" if s in by else f" {'-':>12}" for s in ("opentdm", "dahdi"))
        asked = ""
        if pairs in at and name in targets and "opentdm" in by:
            asked = f"<= {targets[name]} {'yes' if by['opentdm']['value'] <= targets[name] else 'no'}"
        print(f"{name:<36} {pairs:5}{figures} {one['unit']:<12} {max(r['spread'] for r in by.values()) * 100:6.2f} %"
              f"  {asked}".rstrip())


def chart(rows, title, out):
    """Bars, the systems that there are side by side; of each load the one with the most pairs."""
    by = {}
    for r in sorted(rows, key=lambda r: r["pairs"]):
        if r["unit"] == COST and ":" not in r["name"]:
            by.setdefault(r["name"], {})[r["system"]] = r["value"]
    systems = [s for s in ("opentdm", "dahdi") if any(s in v for v in by.values())]
    data = "".join(f'"{name}" ' + " ".join(str(v.get(s, "NaN")) for s in systems) + "\n" for name, v in by.items())
    plots = ", ".join(f'$figures using {i + 2}:xtic(1) title "{s}"' for i, s in enumerate(systems))
    script = f"""set terminal svg size 1000,520 font "sans,13"
set output "{out}"
set title "{title}"
set style data histogram
set style fill solid 0.8 border -1
set logscale y
set yrange [1:*]
set grid ytics
set xtics rotate by -20
$figures << END
{data}END
plot {plots}
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def judge(rows, name):
    """TAP: whether each load costs at most 3 % more than in the committed tests/bench/NAME.json."""
    before = {(r["name"], r["pairs"]): r["value"] for r in json.loads((HERE / f"{name}.json").read_text())
              if r["system"] == "opentdm" and r["unit"] == COST}
    number, failed = 0, False
    for r in rows:
        if r["system"] != "opentdm" or r["unit"] != COST or ":" in r["name"]:
            continue
        was = before.get((r["name"], r["pairs"]))
        number += 1
        bad = was is None or r["value"] > was * (1 + TOLERANCE)
        failed |= bad
        print(f"{'not ok' if bad else 'ok'} {number} - {r['name']}, {r['pairs']} pairs: {r['value']:.1f} "
              f"thousand instructions a channel-second, {'never measured before' if was is None else f'was {was:.1f}'}")
    print(f"1..{number}")
    return not failed and number > 0
