"""Single ballots that wait at the same moment go into one statement, and none harms another."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from services.scorecard.ballots.box import MOST_AT_ONCE, BallotBox
from services.scorecard.ballots.casts import Cast
from services.scorecard.ballots.schemas import BallotIn
from shared.db import Database
from tests.scorecard.conftest import CENTRE, SCHOOL, Scorecard


def cast(scorecard: Scorecard, unit_code: str = CENTRE) -> Cast:
    return Cast(BallotIn.model_validate(scorecard.ballot(unit_code)), reach="02%")


async def test_none_waits_for_ever(scorecard: Scorecard) -> None:
    await scorecard.open()
    box, database = BallotBox(), scorecard.client.runtime.database

    async def phone() -> list[object]:
        return [await box.put(database, cast(scorecard)) for _ in range(8)]

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(phone() for _ in range(12)))
    assert {outcome for several in answers for outcome in several} == {"counted"}
    assert await scorecard.count("ballot") == await scorecard.count("uncounted") == 96


async def test_more_than_one_statement_takes(scorecard: Scorecard) -> None:
    await scorecard.open()
    box, database = BallotBox(), scorecard.client.runtime.database
    same = cast(scorecard)
    casts = [same, *(cast(scorecard) for _ in range(MOST_AT_ONCE)), same]
    stored = await asyncio.gather(*(box.put(database, one) for one in casts))
    assert sorted(stored, key=str) == [None, *["counted"] * (MOST_AT_ONCE + 1)]


async def test_a_scorecard_that_somebody_changes_holds_up_no_other(scorecard: Scorecard) -> None:
    round_id = await scorecard.open()
    box, database = BallotBox(), scorecard.client.runtime.database
    lock = text("SELECT FROM scorecard WHERE round_id = :round_id AND unit_code = :unit_code FOR UPDATE")
    async with database.transaction() as db:
        await db.execute(lock, {"round_id": UUID(round_id), "unit_code": CENTRE})
        stored = await asyncio.gather(*(box.put(database, cast(scorecard, code)) for code in (CENTRE, SCHOOL, CENTRE)))
        waiting = asyncio.create_task(scorecard.post("/ballots", scorecard.ballot(), "caf@"))
        assert (await scorecard.post("/ballots", scorecard.ballot(SCHOOL), "caf@")).status_code == 201
        assert not waiting.done()
    assert stored == [None, "counted", None]
    assert (await waiting).status_code == 201


async def test_one_that_fails_harms_no_other(scorecard: Scorecard) -> None:
    await scorecard.open()
    box, database = BallotBox(), scorecard.client.runtime.database
    bad = cast(scorecard)
    bad.ballot = bad.ballot.model_copy(update={"village_code": "\0"})
    outcomes = await asyncio.gather(
        *(box.put(database, one) for one in (cast(scorecard), bad, cast(scorecard))), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == ("counted", "counted")
    assert isinstance(outcomes[1], Exception)
    assert await scorecard.count("ballot") == 2


async def test_without_a_database_each_hears_of_it(scorecard: Scorecard) -> None:
    await scorecard.open()
    box, away = BallotBox(), Database("postgresql://nobody@127.0.0.1:1/none", service="scorecard")
    answers = await asyncio.gather(*(box.put(away, cast(scorecard)) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(answer, OSError) for answer in answers)
    await away.close()
