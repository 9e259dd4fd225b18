"""What citizens would score beside the indicators of the set, and what became of it."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, Table
from shared.errors import Conflict


class Proposal(Table, table=True):
    """One proposal about one unit; its id is made by the facilitator's phone.

    Its text is what somebody said: it goes to the public only when facilitators have chosen it.
    """

    __tablename__: ClassVar[str] = "proposal"

    id: UUID = Field(primary_key=True)
    round_id: UUID = Field(foreign_key="round.id")
    unit_code: str = Field(sa_type=CODE)
    text_km: str | None = Field(default=None, sa_type=Text)
    text_en: str | None = Field(default=None, sa_type=Text)
    meeting_id: UUID | None = None
    """Of the meeting's own record, which may come later or never."""
    votes: int | None = None
    """How many of the participants wanted it."""
    proposed_by: UUID
    proposed_at: datetime = Field(sa_type=INSTANT)
    state: str = Field(default="proposed", sa_type=Text)
    indicator_code: str | None = Field(default=None, sa_type=Text)
    """The unit's own indicator that it became, or the one that it was merged into."""
    merged_into: UUID | None = Field(default=None, foreign_key="proposal.id")
    reason: str | None = Field(default=None, sa_type=Text)
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_type=INSTANT)

    def merge(
        self, by: UUID, now: datetime, *, indicator_code: str | None = None, merged_into: UUID | None = None
    ) -> None:
        """It says what an indicator, or another proposal, says already."""
        self._decide("merged", by, now)
        self.indicator_code, self.merged_into = indicator_code, merged_into

    def choose(self, by: UUID, now: datetime, indicator_code: str) -> None:
        """The unit is scored on it, under this code."""
        self._decide("chosen", by, now)
        self.indicator_code = indicator_code

    def decline(self, by: UUID, now: datetime, reason: str) -> None:
        """It is not taken up, for a reason that can be told."""
        self._decide("declined", by, now)
        self.reason = reason

    def _decide(self, state: str, by: UUID, now: datetime) -> None:
        """A later decision takes the place of an earlier one, but what is on the ballot stays there."""
        if self.state == "chosen":
            raise Conflict(
                "proposal_chosen",
                en="This proposal was chosen: it is one of the unit's indicators.",
                km="សំណើនេះត្រូវបានជ្រើសរើសរួចហើយ៖ វាជាលក្ខណៈវិនិច្ឆ័យមួយរបស់អង្គភាព។",
            )
        self.state, self.decided_by, self.decided_at = state, by, now
        self.indicator_code = self.merged_into = self.reason = None
