"""What processes that work for the registry may take of a small server: they make way for everything else.

Each reads what somebody outside wrote (a picture, a text, a map), so that it has bounds of its own, is last to get the
processor, and the first that the kernel ends where the server's or the container's memory is used up.
"""

import os
import resource
from contextlib import suppress
from pathlib import Path

FIRST_TO_GO = "1000"
ADJUSTMENT = Path("/proc/self/oom_score_adj")


def confine(*, memory_bytes: int, nice: int) -> None:
    """Bound the address space of this process, let others go first, and write no core."""
    os.nice(nice)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    with suppress(OSError):  # where /proc is not ours to write, the bounds alone hold
        ADJUSTMENT.write_text(FIRST_TO_GO)


def allow_seconds(seconds: int) -> None:
    """Let this process use so many more seconds of a core before the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)


def _limit(what: int, most: int) -> None:
    """Set a bound, which is never above the one that we were started with."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
