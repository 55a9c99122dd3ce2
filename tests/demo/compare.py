# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds what one end of a call received against what the other end sent, octet for octet.

A path with one constant delay shows as one run: received[i] == sent[i + shift] with one shift from
start to end. When the path is switched while octets flow the shift changes once, by the difference of
the two delays. Anything else (a flipped bit, a lost or repeated octet) breaks a run where no switch was.
"""
from collections import namedtuple

Run = namedtuple("Run", "start end shift")  # received[start:end] == sent[start + shift:end + shift]

KEY = 64        # octets that find the place; speech does not repeat itself over so many
MIN_RUN = 400   # 50 ms: shorter agreement is chance


class Mismatch(Exception):
    pass


def _is_silence(octets):
    return len(set(octets)) < 8


def _index(sent):
    """Where each informative KEY octets of the sent signal stand; None where they stand twice."""
    places = {}
    for i in range(0, len(sent) - KEY):
        key = sent[i:i + KEY]
        places[key] = None if key in places else i
    return places


def _extend(sent, received, at, place):
    """The longest run through received[at] == sent[place]."""
    start, s = at, place
    while start > 0 and s > 0 and received[start - 1] == sent[s - 1]:
        start, s = start - 1, s - 1
    end, e = at, place
    step = 4096
    while step:
        if received[end:end + step] == sent[e:e + step] and len(received) - end >= step and \
                len(sent) - e >= step:
            end, e = end + step, e + step
        else:
            step //= 2
    return Run(start, end, place - at)


def runs(sent, received):
    """All runs of at least MIN_RUN octets, in the order of the received signal."""
    places, found, at = _index(sent), [], 0
    while at + KEY <= len(received):
        key = received[at:at + KEY]
        place = None if _is_silence(key) else places.get(key)
        if place is None:
            at += 1
            continue
        run = _extend(sent, received, at, place)
        if run.end - run.start >= MIN_RUN:
            found.append(run)
            at = run.end
        else:
            at += 1
    return found


def check(sent, received, first, last, changes, idle):
    """Proves that received is sent[first:last] with just the given changes of delay.

    changes: for each switch of the path, in order, by how many octets the delay grew (negative: shrank).
    What a growing delay adds is idle, or the octets before the switch once more; what a shrinking one drops is gone.
    Returns the runs. Raises Mismatch with what and where.
    """
    found = runs(sent, received)
    if not found:
        raise Mismatch("nothing of what was sent was received")
    if len(found) != len(changes) + 1:
        raise Mismatch(f"{len(found)} unbroken runs for {len(changes)} switches: " +
                       ", ".join(f"{r.start}-{r.end} shift {r.shift}" for r in found))
    for before, after, change in zip(found, found[1:], changes):
        # The same octet is received `change` later than before: its index in sent is that much lower.
        if before.shift - after.shift != change:
            raise Mismatch(f"the delay changed by {before.shift - after.shift} octets at received octet "
                           f"{before.end}, {change} were announced")
        if change > 0:
            gap = received[before.end:after.start]
            if len(gap) > change or any(octet != idle for octet in gap):
                raise Mismatch(f"{len(gap)} foreign octets at received octet {before.end}")
            missing = (after.start + after.shift) - (before.end + before.shift)
            if missing > 0:
                raise Mismatch(f"{missing} octets lost at a switch that only adds delay")
        elif after.start > before.end:
            raise Mismatch(f"{after.start - before.end} foreign octets at received octet {before.end}")
    start, end = found[0].start + found[0].shift, found[-1].end + found[-1].shift
    if start > first or end < last:
        raise Mismatch(f"octets {first}-{last} were sent, {start}-{end} arrived")
    return found
