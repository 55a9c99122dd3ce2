#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A TE405P with four E1 ports, joined 1-2 and 3-4."""
from te4common import run

run("e1")
