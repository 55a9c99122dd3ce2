#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Alarms and counters of a TE405P with E1 ports."""
from te4faults import run

run("e1")
