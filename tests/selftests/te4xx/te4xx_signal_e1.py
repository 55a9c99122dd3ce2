#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""CAS and the D-channel of a TE405P with E1 ports."""
from te4signal import run

run("e1")
