"""Any one part is killed in the middle of a year; it comes back, the year goes on, and the books are in order."""

from dataclasses import dataclass, field

import pytest

from deploy.local.stack import Stack
from simulate.battambang import play
from simulate.year import Options

SMALL = {"communes_per_district": 1, "districts": 1}


@dataclass
class Fault:
    """Kills a part once, when a chapter of the year is half done."""

    stack: Stack
    part: str
    chapter: str
    killed: list[int] = field(default_factory=list)

    def __call__(self, chapter: str, done: int, total: int) -> None:
        if chapter == self.chapter and 2 * done >= total and not self.killed:
            self.killed.append(self.stack.kill(self.part))


@pytest.mark.parametrize(
    ("part", "chapter"),
    [
        ("gateway", "score"),
        ("scorecard", "score"),
        ("postgres", "score"),
        ("registry", "people"),
        ("nats", "publish"),
        ("postgres", "agree"),
        ("budget", "allocate"),
        ("jaap", "work"),
        ("notify", "work"),
    ],
)
async def test_the_books_are_in_order_though_a_part_was_killed(
    stack: Stack, token: str, part: str, chapter: str
) -> None:
    fault = Fault(stack, part, chapter)
    report = await play(stack.base_url, {"token": token}, Options(seed=11, **SMALL), listener=fault)
    assert fault.killed, f"{chapter} never came"
    stack.wait_restarted(part, fault.killed[0])
    assert [f"{check.name}: {check.detail}" for check in report.checks if not check.ok] == []
