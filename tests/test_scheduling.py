"""What becomes of tests when a process dies that runs them."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from tests.scheduling import OneInstallation

INSIDE = [f"tests/shared/test_{name}.py::test" for name in "abcdef"]
OUTSIDE = [f"tests/journeys/test_{name}.py::test" for name in "abc"]


class Worker:
    """A process of pytest-xdist, as far as a scheduler sees it; it begins a test when it knows what comes next."""

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="gw")
        self.given: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indexes: Sequence[int]) -> None:
        self.given += indexes

    def shutdown(self) -> None:
        self.shutting_down = True

    def next(self) -> int | None:
        return self.given.pop(0) if len(self.given) > 1 or (self.given and self.shutting_down) else None


def outcomes(tests: list[str], deadly: str) -> list[tuple[str, bool]]:
    """Run tests in two processes, of which one dies at a test and is replaced; which tests passed, in their order."""
    option = SimpleNamespace(loadscopereorder=True)
    config: Any = SimpleNamespace(getvalue=lambda _: ["2*popen"], option=option)
    scheduler, found = OneInstallation(config), list[tuple[str, bool]]()
    workers = [Worker(), Worker()]

    def join(worker: Worker) -> None:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, tests)

    for worker in workers:
        join(worker)
    scheduler.schedule()
    while ready := [(one, index) for one in workers if (index := one.next()) is not None]:
        worker, index = ready[0]
        for other, put_back in ready[1:]:
            other.given.insert(0, put_back)
        found.append((tests[index], tests[index] != deadly))
        if tests[index] != deadly:
            scheduler.mark_test_complete(cast(Any, worker), index)
            continue
        assert scheduler.remove_node(cast(Any, worker)) == deadly
        workers[workers.index(worker)] = another = Worker()
        join(another)
        scheduler.schedule()
    return found


def test_a_test_that_its_process_dies_of_fails_once_and_the_others_are_run() -> None:
    for deadly in (*INSIDE, *OUTSIDE):
        found = outcomes([*OUTSIDE, *INSIDE], deadly)
        assert sorted(found) == sorted((test, test != deadly) for test in (*OUTSIDE, *INSIDE))
