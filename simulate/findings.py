"""What a look into the books finds."""

from collections.abc import Sequence

Finding = tuple[bool, str]
"""Whether it is in order, and the figures."""
SHOWN = 3


def finding(told: str, wrong: Sequence[object] = (), *, ok: bool = True) -> Finding:
    """In order when nothing is wrong; of what is wrong the first few are named."""
    if not wrong:
        return ok, told
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return False, f"{told}; wrong: {', '.join(map(str, wrong[:SHOWN]))}{more}"
