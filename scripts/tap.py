# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts what a test program says: TAP lines, or a closing "N passed, N failed".

A skipped test counts as failed, and so do a plan that was not kept, a program that bails out or
ends badly without a failed test, and one that runs no test at all.

"# count NAME N" tells how much of something a test did (calls, frames, runs): what is demanded of it by
number can be read in the result.
"""
import re

RESULT = re.compile(r"(not )?ok\b(.*)")
PLAN = re.compile(r"1\.\.(\d+)\b")
TOTAL = re.compile(r"(\d+) passed, (\d+) failed\s*$")
COUNT = re.compile(r"# count (\S+) (\d+)\s*$")
SEED = re.compile(r"\bseed[ =:]+(0x[0-9a-fA-F]+|\d+)", re.I)


class Tap:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.plan = None
        self.total = None
        self.worst = 0
        self.notes = []
        self.seeds = []
        self.counts = {}

    def feed(self, line):
        line = line.rstrip("\r\n")
        if m := TOTAL.match(line):
            self.total = int(m.group(1)), int(m.group(2))
            self.worst = max(self.worst, self.total[1])
        elif m := RESULT.match(line):
            if m.group(1) or re.search(r"# *(SKIP|TODO|XFAIL)", m.group(2), re.I):
                self.failed += 1
                self.notes.append(line)
            else:
                self.passed += 1
        elif m := PLAN.match(line):
            self.plan = int(m.group(1)) + (self.plan or 0)
        elif line.startswith("Bail out!"):
            self.failed += 1
            self.notes.append(line)
        elif m := COUNT.match(line):
            self.counts[m.group(1)] = self.counts.get(m.group(1), 0) + int(m.group(2))
        if m := SEED.search(line):
            self.seeds.append(m.group(1))

    def finish(self, status):
        """Returns (passed, failed); status is the program's exit status."""
        if self.total is not None:
            # A failure that was told anywhere is not forgotten by a kinder last line.
            self.passed, self.failed = self.total[0], max(self.failed, self.worst)
        elif self.plan is not None and self.plan != self.passed + self.failed:
            self.failed += max(1, self.plan - self.passed - self.failed)
            self.notes.append(f"of {self.plan} planned tests some did not report")
        if status and not self.failed:
            self.failed += 1
            self.notes.append(f"ended with status {status}")
        if not self.passed and not self.failed:
            self.failed = 1
            self.notes.append("ran no test")
        return self.passed, self.failed
