"""What processes that work for the registry may take of a small server: they make way for everything else.

Each reads what somebody outside wrote (a picture, a text, a map), so that it has bounds of its own, is last to get the
processor, and the first that the kernel ends where the server's or the container's memory is used up.
"""

import os
import resource
from pathlib import Path

FIRST_TO_GO = "1000"
ADJUSTMENT = Path("/proc/self/oom_score_adj")


def confine(*, memory_bytes: int, nice: int) -> None:
    """Bound the address space of this process, let others go first, and write no core."""
    os.nice(nice)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ADJUSTMENT.exists():
        ADJUSTMENT.write_text(FIRST_TO_GO)


def allow_seconds(seconds: int) -> None:
    """Let this process use so many more seconds of a core before the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
