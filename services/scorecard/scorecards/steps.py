"""The history of scorecards: every step is kept, and what is counted by their states is counted anew."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import Text, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field

from services.scorecard.counting.queries import note_change
from services.scorecard.scorecards.models import Scorecard
from services.scorecard.tables import CODE, INSTANT, UUID_V7, Table, of_scorecard

StepAction = Literal[
    "planned",
    "opened",
    "submitted",
    "returned",
    "completed",
    "published",
    "withdrawn",
    "village_skipped",
    "change_requested",
    "change_approved",
    "change_refused",
]


class ScorecardStep(Table, table=True):
    """One step of a scorecard, never changed."""

    __tablename__: ClassVar[str] = "scorecard_step"
    __table_args__ = (of_scorecard(),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": UUID_V7})
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    at: datetime = Field(sa_type=INSTANT)
    by: UUID | None = None
    """None is the system."""
    action: str = Field(sa_type=Text)
    from_state: str | None = Field(default=None, sa_type=Text)
    to_state: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    """Of a skipped village, after its code."""


OPENED = """
    INSERT INTO scorecard_step (round_id, unit_code, action, from_state, to_state)
    SELECT s.round_id, s.unit_code, 'opened',
           (SELECT 'planned' FROM scorecard_step AS p
            WHERE p.round_id = s.round_id AND p.unit_code = s.unit_code LIMIT 1), 'running'
    FROM scorecard AS s
    WHERE s.state = 'running' AND {narrowed}
      AND NOT EXISTS (SELECT FROM scorecard_step AS o
                      WHERE o.round_id = s.round_id AND o.unit_code = s.unit_code AND o.to_state = 'running')
    RETURNING round_id
"""
OF_ROUND = text(OPENED.format(narrowed="s.round_id = :round_id"))
OF_UNITS = text(
    OPENED.format(narrowed="s.unit_code IN (SELECT code FROM unit WHERE id = ANY(CAST(:unit_ids AS uuid[])))")
)


async def record_step(
    db: AsyncSession,
    card: Scorecard,
    action: StepAction,
    *,
    by: UUID | None,
    before: str | None,
    reason: str | None = None,
    at: datetime | None = None,
) -> None:
    """Keep what was just done with a scorecard, whose state was another `before`; by None is the system."""
    await record_steps(db, [step_of(card, action, by=by, before=before, reason=reason, at=at)])


def step_of(
    card: Scorecard,
    action: StepAction,
    *,
    by: UUID | None,
    before: str | None,
    reason: str | None = None,
    at: datetime | None = None,
) -> ScorecardStep:
    """A step, for record_steps."""
    return ScorecardStep(
        round_id=card.round_id,
        unit_code=card.unit_code,
        at=at or datetime.now(UTC),
        by=by,
        action=action,
        from_state=before,
        to_state=card.state,
        reason=reason,
    )


async def record_steps(db: AsyncSession, steps: Sequence[ScorecardStep]) -> None:
    """Keep several at once."""
    db.add_all(steps)
    await db.flush()
    for round_id in {step.round_id for step in steps}:
        await note_change(db, round_id)


async def record_opening(db: AsyncSession, *, round_id: UUID | None = None, unit_ids: Sequence[UUID] = ()) -> None:
    """Keep that scorecards of a round, or of units in any round, have begun; after the statement that let them."""
    if round_id is not None:
        opened = await db.scalars(OF_ROUND, {"round_id": round_id})
    else:
        opened = await db.scalars(OF_UNITS, {"unit_ids": list(unit_ids)})
    for begun in set(opened):
        await note_change(db, begun)
