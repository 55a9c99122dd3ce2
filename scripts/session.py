# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes in sessions of their own.

A kernel with sched_autogroup weighs sessions against each other and looks at a process's niceness only
within its session: a stage, or a machine, that is to give way has to say so for its session.
"""
import os
import subprocess


def start(argv, nice=None, **more):
    """subprocess.Popen in a new session, with this niceness or our own, where the kernel lets us."""
    child = subprocess.Popen([str(a) for a in argv], start_new_session=True, **more)
    try:
        if nice is None:
            nice = os.getpriority(os.PRIO_PROCESS, 0)
        else:
            os.setpriority(os.PRIO_PROCESS, child.pid, nice)
        with open(f"/proc/{child.pid}/autogroup", "w", encoding="ascii") as f:
            f.write(str(nice))
    except OSError:
        pass
    return child
