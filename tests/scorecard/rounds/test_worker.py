"""The worker looks again when something is due, and every few seconds in any case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.scorecard.rounds import worker
from services.scorecard.rounds.worker import LOOK_SECONDS, keep_schedule
from tests.scorecard.conftest import Scorecard


class Enough(Exception):
    """The test has seen enough."""


@pytest.mark.parametrize(
    ("ahead", "least", "most"),
    [(None, LOOK_SECONDS, LOOK_SECONDS), (3600.0, LOOK_SECONDS, LOOK_SECONDS), (2.0, 0.0, 2.0), (-1.0, 0.0, 0.0)],
)
async def test_it_sleeps_until_the_next_turn(
    monkeypatch: pytest.MonkeyPatch, ahead: float | None, least: float, most: float
) -> None:
    pauses: list[float] = []

    async def look(_: object, now: datetime) -> datetime | None:
        return None if ahead is None else now + timedelta(seconds=ahead)

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        raise Enough

    monkeypatch.setattr(worker, "keep_all_hours", look)
    monkeypatch.setattr(worker, "sleep", sleep)
    runtime: Any = type("Runtime", (), {"database": None})
    with pytest.raises(Enough):
        await keep_schedule(runtime)
    assert least <= pauses[0] <= most


async def test_after_a_restart_it_catches_up_at_once(scorecard: Scorecard, monkeypatch: pytest.MonkeyPatch) -> None:
    opens = datetime.now(UTC) + timedelta(hours=1)
    await scorecard.open(scoring_opens_at=opens.isoformat())
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE round SET scoring_opens_at = now() - interval '1 minute'"))

    async def sleep(_: float) -> None:
        raise Enough

    monkeypatch.setattr(worker, "sleep", sleep)
    with pytest.raises(Enough):
        await keep_schedule(scorecard.client.runtime)
    assert await scorecard.count("scorecard WHERE accepts_scores") == 5
