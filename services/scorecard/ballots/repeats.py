"""Another ballot of a phone that has scored the unit: refused, or in place of the earlier one, as the round says."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.scorecard.ballots.arrays import array_text
from services.scorecard.ballots.casts import CONTENT, Cast
from services.scorecard.ballots.outcomes import Outcome, other_content, rejected
from services.scorecard.ballots.writes import PHONE_HASH
from services.scorecard.counting.groups import SLOTS_IN_SQL
from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.queries import changed_meanwhile
from shared.errors import Conflict, Problem

MOST_REPLACED = 20
"""Nobody changes their mind more often; a row shall not grow without end."""
KEPT = tuple(name for name in CONTENT if name not in ("round_id", "unit_code"))

LOCK_EARLIER = text(
    f"""
    SELECT id, coalesce(replaced, '{{}}') AS replaced, {", ".join(CONTENT)}
    FROM ballot JOIN phone_key USING (round_id)
    WHERE round_id = :round_id AND unit_code = :unit_code AND device_hash = {PHONE_HASH}
    FOR UPDATE OF ballot
    """  # noqa: S608 - constants are put in
)
COUNT = text(
    f"""
    INSERT INTO uncounted (round_id, unit_code, village_code, slots, people, scores)
    SELECT round_id, unit_code, coalesce(village_code, ''), {SLOTS_IN_SQL}, CAST(:people AS int), scores
    FROM ballot WHERE id = :id AND NOT late AND NOT withdrawn
    """  # noqa: S608 - constants are put in
)
"""Once more, or with -1 once less."""
REPLACE = text(
    f"""
    WITH earlier AS (
        UPDATE ballot SET
            id = :id, replaced = coalesce(replaced, '{{}}') || id, scores = CAST(CAST(:scores AS text) AS smallint[]),
            {", ".join(f"{name} = :{name}" for name in KEPT if name != "scores")}
        WHERE id = :earlier
        RETURNING {", ".join(f"old.{name}" for name in ("id", "channel", *CONTENT))}
    )
    INSERT INTO ballot (id, channel, {", ".join(CONTENT)}, withdrawn)
    SELECT id, channel, {", ".join(CONTENT)}, true FROM earlier
    """  # noqa: S608 - constants are put in
)
"""The earlier one stays under its id, which nobody else can use then, and not under the phone."""


async def judge_repeat(db: AsyncSession, cast: Cast, problem: Problem | None) -> Outcome:
    """What becomes of a phone's ballot that is not held under its id; under the scorecard's share lock."""
    ballot = cast.ballot
    if problem is not None:
        return rejected(problem)
    values: dict[str, Any] = {"round_id": ballot.round_id, "unit_code": ballot.unit_code, "phone": cast.phone}
    earlier = (await db.execute(LOCK_EARLIER, values)).mappings().one_or_none()
    if earlier is None:
        return rejected(changed_meanwhile())
    if earlier["id"] == ballot.id:
        same = tuple(earlier[name] for name in CONTENT) == cast.content
        return Outcome("duplicate") if same else other_content()
    if ballot.id in earlier["replaced"]:
        return Outcome("duplicate", "replaced")
    rule = await db.scalar(select(col(Round.phone_repeat)).where(col(Round.id) == ballot.round_id))
    if rule != "replace" or len(earlier["replaced"]) >= MOST_REPLACED:
        return rejected(already_scored())
    return await _replace(db, cast, earlier)


async def _replace(db: AsyncSession, cast: Cast, earlier: RowMapping) -> Outcome:
    await count(db, earlier["id"], people=-1)
    values = dict(zip(CONTENT, cast.content, strict=True)) | {"scores": array_text(cast.ballot.scores)}
    kept = {name: values[name] for name in KEPT}
    await db.execute(REPLACE, kept | {"id": cast.ballot.id, "earlier": earlier["id"]})
    await count(db, cast.ballot.id, people=1)
    return Outcome("accepted", "replaces_earlier")


async def count(db: AsyncSession, ballot_id: UUID, *, people: int) -> None:
    """Queue a stored ballot to be counted, or with -1 to be taken out again; one that came late never was in."""
    await db.execute(COUNT, {"id": ballot_id, "people": people})


def already_scored() -> Conflict:
    """The refusal of a second ballot where each phone has one."""
    return Conflict(
        "already_scored",
        en="This phone has scored this unit in this round already: every phone once.",
        km="ទូរសព្ទនេះបានដាក់ពិន្ទុឱ្យអង្គភាពនេះក្នុងជុំនេះរួចហើយ៖ ទូរសព្ទមួយបានតែម្ដង។",
    )
