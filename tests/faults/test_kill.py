"""Every part is killed in the middle of a year; each comes back, the year goes on, and the books are in order."""

from dataclasses import dataclass, field

import pytest

from deploy.local.stack import Stack
from simulate.battambang import play
from simulate.year import Options

SMALL = {"communes_per_district": 1, "districts": 1}


@dataclass
class Faults:
    """Kills parts, each once, when its chapter of the year is half done."""

    stack: Stack
    parts: dict[str, str]
    """The part to kill by chapter."""
    killed: dict[str, int] = field(default_factory=dict)

    def __call__(self, chapter: str, done: int, total: int) -> None:
        if chapter in self.parts and 2 * done >= total and chapter not in self.killed:
            self.killed[chapter] = self.stack.kill(self.parts[chapter])


@pytest.mark.parametrize(
    "parts",
    [
        {
            "people": "registry",
            "score": "gateway",
            "publish": "nats",
            "agree": "postgres",
            "allocate": "budget",
            "work": "jaap",
        },
        {"score": "scorecard", "work": "notify"},
        {"score": "postgres"},
    ],
    ids=lambda parts: "-".join(parts.values()),
)
async def test_the_books_are_in_order_though_parts_were_killed(stack: Stack, token: str, parts: dict[str, str]) -> None:
    faults = Faults(stack, parts)
    report = await play(stack.base_url, {"token": token}, Options(seed=11, **SMALL), listener=faults)
    assert faults.killed.keys() == parts.keys(), "these chapters came"
    for chapter, part in parts.items():
        stack.wait_restarted(part, faults.killed[chapter])
    assert [f"{check.name}: {check.detail}" for check in report.checks if not check.ok] == []
