"""Being served before the machine's other work: rendering a bulletin must not make gaps in the one on air.

Linux only knows one means that holds across sessions: a real-time policy (niceness counts within a session only, where
autogroups are on). It needs root, or `LimitRTPRIO=` in the service's unit; without it the default policy has to do.
"""

from __future__ import annotations

import contextlib
import os
import sys

PRIORITY = 5
"""As PulseAudio asks for: above all ordinary work, below the kernel's own threads."""
NICENESS = -11
LONGEST_RUN_US = 200_000
"""A real-time thread that computes this long without once waiting is caught in a loop (an unplugged USB card can do
that to ALSA): the kernel kills the process, and the station opens the device again.
"""


def become_urgent() -> None:
    """Give the calling thread, and those it will start, precedence; as far as the system lets us."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):  # not permitted
            resource.setrlimit(resource.RLIMIT_RTTIME, (LONGEST_RUN_US, LONGEST_RUN_US))
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(PRIORITY))
            return
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # not permitted
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
