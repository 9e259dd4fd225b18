"""Kept orders: as many as there is room for, and none waits for another that is being made."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.scorecard.comparison import rankings
from services.scorecard.comparison.ranking import Ranked
from services.scorecard.comparison.rankings import FRAME, Ranking, Rankings


class Made:
    """Stands for the tables: counts the orders that are made, and holds one of them up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.areas: list[str] = []
        self.may_end = asyncio.Event()
        monkeypatch.setattr(rankings, "_made", self.make)
        monkeypatch.setattr(rankings, "count_publications", self.edition)

    async def make(self, _: Any, wanted: Any, *__: Any) -> Ranking:
        """An order of one place."""
        self.areas.append(wanted.area)
        if wanted.area == "slow":
            await self.may_end.wait()
        return Ranking([Ranked(1, wanted.area, 3.0)], 0, 0, {})

    async def edition(self, *_: Any) -> int:
        """Nothing is published meanwhile."""
        return 1

    @staticmethod
    async def read(kept: Rankings, area: str) -> Ranking:
        """The order of an area."""
        wanted: Any = SimpleNamespace(round=SimpleNamespace(id=1, version=1), level="unit", area=area, questions=[])
        nothing: Any = None
        return await kept.read(nothing, wanted, "mean", "best")


async def test_those_asked_for_longest_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    made, kept = Made(monkeypatch), Rankings()
    monkeypatch.setattr(rankings, "MOST_PLACES", 2 * (FRAME + 1))
    for area in ("01", "02", "01", "03", "01", "02"):
        assert (await made.read(kept, area)).places[0].code == area
    assert made.areas == ["01", "02", "03", "02"]


async def test_what_is_kept_waits_for_none_that_is_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made, kept = Made(monkeypatch), Rankings()
    await made.read(kept, "01")
    two = [asyncio.create_task(made.read(kept, "slow")) for _ in range(2)]
    await asyncio.sleep(0)
    await made.read(kept, "01")
    assert not any(one.done() for one in two)
    made.may_end.set()
    await asyncio.gather(*two)
    assert made.areas == ["01", "slow"], "one for both who asked at once"
