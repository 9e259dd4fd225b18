"""Processes that work for the registry make way for everything else."""

import subprocess
import sys
from pathlib import Path

CONFINED = """
import os
from services.registry.processes import allow_seconds, confine
confine(memory_bytes=200 * 2**20, nice=5)
print(os.nice(0), open("/proc/self/oom_score_adj").read().strip())
try:
    bytearray(250 * 2**20)
except MemoryError:
    print("refused")
allow_seconds(0)
while True:
    pass
"""


def test_a_process_has_bounds_and_is_the_first_to_go() -> None:
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", CONFINED], cwd=root, capture_output=True, text=True, check=False)
    nice, first, refused = ended.stdout.split()
    assert (int(nice) >= 5, first, refused) == (True, "1000", "refused")
    assert ended.returncode < 0, "the kernel ended it"
