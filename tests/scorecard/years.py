"""Rounds of several years, for comparisons."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from shared.events.registry import AreaSucceeded, SuccessionKind
from tests.scorecard.conftest import Scorecard

Ballots = Sequence[Sequence[int | None]]
"""One list of scores per person."""


class Years:
    """The service with a round for each year."""

    def __init__(self, scorecard: Scorecard) -> None:
        self.scorecard = scorecard
        self.rounds: dict[int, str] = {}

    async def publish(self, year: int, scores: dict[str, Ballots], **changes: Any) -> str:
        """A round of the year in which each unit gets these ballots and is published; its id."""
        round_id = await self.scorecard.open(year=year, **changes)
        self.rounds[year] = round_id
        for code, ballots in scores.items():
            await self.cast(code, ballots)
        await self.scorecard.close()
        return round_id

    async def cast(self, code: str, ballots: Ballots) -> None:
        """Ballots of a unit of the round that is open, then its publication."""
        bodies = [self.scorecard.ballot(code, scores=scores) for scores in ballots]
        answer = await self.scorecard.post("/ballots:batch", {"ballots": bodies}, f"caf@{code.split('-')[1]}")
        assert answer.json()["accepted"] == len(bodies), answer.text
        await self.scorecard.submit_and_publish(code)

    async def get(self, year: int, path: str, **params: Any) -> Response:
        """What a year's round answers to nobody in particular."""
        return await self.scorecard.get(f"/rounds/{self.rounds[year]}{path}", **params)

    async def read(self, year: int, path: str, **params: Any) -> dict[str, Any]:
        """The same, as it should be."""
        answer = await self.get(year, path, **params)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture
def years(scorecard: Scorecard) -> Years:
    """The service with rounds of several years."""
    return Years(scorecard)


def line(
    kind: SuccessionKind, old: str, new: str, *, old_id: UUID | None = None, new_id: UUID | None = None
) -> AreaSucceeded:
    """A line of the crosswalk as the registry tells it."""
    return AreaSucceeded(
        id=uuid4(),
        kind=kind,
        old_area_id=old_id or uuid4(),
        old_code=old,
        new_area_id=new_id or uuid4(),
        new_code=new,
        effective_on=date(2026, 1, 1),
        version=1,
    )
