"""Which process runs which test: those of the installation in one, all others one by one in whichever is free.

pytest-xdist has a mark for that, which its version 3.8 sets on a name that pytest 9.2 does not read: each process then
started an installation of its own.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

OUTSIDE = ("tests/faults/", "tests/journeys/", "tests/deploy/test_whole.py")
"""Where tests act on the installation from outside."""
TAKES_IT_DOWN = "test_whole.py"


class OneInstallation(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Hands out single tests, and those of the installation as one piece.

    When a process dies, the test that it ran has failed, and another process goes on with the others. pytest-xdist
    would run that test again until every process is used up, or wait for ever for one that has a single test.
    """

    def remove_node(self, node: WorkerController) -> str | None:
        """Take back what a process has left that ended; the test that it died of, None where it had done all."""
        given = self.assigned_work.pop(node)
        crashed: str | None = next((test for unit in given.values() for test, done in unit.items() if not done), None)
        for scope, unit in given.items():
            unit.update({crashed: True} if crashed in unit else {})
            if not all(unit.values()):
                self.workqueue[scope] = unit
        for other in self.assigned_work:
            self._reschedule(other)
        return crashed

    def _split_scope(self, nodeid: str) -> str:
        return "installation" if nodeid.startswith(OUTSIDE) else nodeid

    def _reschedule(self, node: WorkerController) -> None:
        """Give a process the next tests; it begins one when it knows what comes after that, or that nothing does."""
        super()._reschedule(node)
        if self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)


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
