# SPDX-License-Identifier: GPL-2.0-or-later
"""What a healthy kernel never says."""
import re

# The lines that liburing's test runner looks for, and more.
COMPLAINTS = re.compile(
    r"WARNING: (?!.*Spectre)|\bBUG: |BUG at |Oops|Internal error|general protection fault"
    r"|possible (circular locking|recursive locking|irq lock inversion)|inconsistent lock state"
    r"|suspicious RCU|INFO: task .* blocked|INFO: rcu\w* .*stall|soft lockup|hard LOCKUP"
    r"|KASAN|KFENCE|KCSAN|UBSAN|kmemleak: \d+ new|refcount_t|unregister_netdevice"
    r"|scheduling while atomic|sleeping function called|bad page|list_(add|del) corruption"
    r"|DEBUG_LOCKS_WARN|trying to register non-static key|Kernel panic|held lock.*freed"
    r"|lock held when returning|nobody cared|ODEBUG|DMA-API: .*: |Call Trace:"
    r"|rig: (a detector is off|left behind)|Memory scanning failed|kmemleak disabled")

# A debug kernel's own greetings.
GREETINGS = re.compile(r"kasan: KernelAddressSanitizer initialized|DMA-API: preallocated|"
                       r"DMA-API: debugging enabled|ODEBUG: selftest passed")


def complaints(text):
    """The lines of a kernel's log that are complaints."""
    return [x for x in text.splitlines() if COMPLAINTS.search(x) and not GREETINGS.search(x)]
