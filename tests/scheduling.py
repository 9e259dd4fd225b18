"""Which process runs which test: those of the installation in one, all others one by one in whichever is free.

pytest-xdist has a mark for that, which its version 3.8 sets on a name that pytest 9.2 does not read: each process then
started an installation of its own.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

OUTSIDE = ("tests/faults/", "tests/journeys/", "tests/deploy/test_whole.py")
"""Where tests act on the installation from outside."""
TAKES_IT_DOWN = "test_whole.py"


class OneInstallation(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Hands out single tests, and those of the installation as one piece."""

    def _split_scope(self, nodeid: str) -> str:
        return "installation" if nodeid.startswith(OUTSIDE) else nodeid


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """Tests of the installation first, as they take longest; who takes it down is last of them.

    Raises UsageError for one that is elsewhere, and would start an installation of its own.
    """
    outside = [item for item in items if item.nodeid.startswith(OUTSIDE)]
    inside = [item for item in items if not item.nodeid.startswith(OUTSIDE)]
    for item in inside:
        if "installation" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid} acts on the installation: put it under one of {', '.join(OUTSIDE)}")
    outside.sort(key=lambda item: item.path.name == TAKES_IT_DOWN)
    return outside + inside
