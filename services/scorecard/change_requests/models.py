"""Requests to change a scorecard that was submitted: asked with a reason, decided by somebody else."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col

from services.scorecard.scorecards.models import Scorecard
from services.scorecard.tables import CODE, INSTANT, UUID_V7, Table, of_scorecard
from shared.errors import Conflict, Forbidden

RequestState = Literal["open", "approved", "refused"]


class ScorecardRequest(Table, table=True):
    """One request; a scorecard has at most one that is open."""

    __tablename__: ClassVar[str] = "scorecard_request"
    __table_args__ = (of_scorecard(),)

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": UUID_V7})
    round_id: UUID
    unit_code: str = Field(sa_type=CODE)
    state: str = Field(default="open", sa_type=Text)
    reason: str = Field(sa_type=Text)
    asked_by: UUID
    asked_at: datetime = Field(sa_type=INSTANT)
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=INSTANT)
    note: str | None = Field(default=None, sa_type=Text)
    late_counted: int = 0
    """Records that had come late and were counted with the approval."""

    def approve(self, card: Scorecard, by: UUID, now: datetime, note: str | None) -> None:
        """The scorecard is scored again."""
        self._must_be_decided_by_another(card, by)
        card.unlock()
        self.state, self.decided_by, self.decided_at, self.note = "approved", by, now, note

    def refuse(self, card: Scorecard, by: UUID, now: datetime, note: str) -> None:
        """The scorecard stays as it was submitted."""
        self._must_be_decided_by_another(card, by)
        self.state, self.decided_by, self.decided_at, self.note = "refused", by, now, note

    def _must_be_decided_by_another(self, card: Scorecard, by: UUID) -> None:
        if self.state != "open":
            raise Conflict(
                "request_decided",
                en=f"This request was decided already: it is {self.state}.",
                km=f"សំណើនេះត្រូវបានសម្រេចរួចហើយ៖ {STATE_KM[self.state]}។",
            )
        if by in (self.asked_by, card.submitted_by):
            raise Forbidden(
                "separation_of_duties",
                en="Who asked for the change, or submitted the scorecard, does not decide it: somebody else must.",
                km="អ្នកស្នើសុំកែប្រែ ឬអ្នកដាក់ជូនពិនិត្យ មិនអាចសម្រេចដោយខ្លួនឯងបានទេ; ត្រូវឱ្យអ្នកផ្សេងសម្រេច។",
            )


STATE_KM = {"approved": "បានអនុម័ត", "refused": "បានបដិសេធ"}


async def find_open_request(db: AsyncSession, card: Scorecard) -> ScorecardRequest | None:
    """What somebody asks for about the scorecard and nobody has decided yet."""
    asked = ScorecardRequest
    statement = select(asked).where(
        col(asked.round_id) == card.round_id, col(asked.unit_code) == card.unit_code, col(asked.state) == "open"
    )
    found: ScorecardRequest | None = await db.scalar(statement)
    return found
