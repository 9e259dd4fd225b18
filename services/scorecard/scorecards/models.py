"""The scorecard of one unit in one round: running, then in review, then published."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.scorecard.tables import CODE, INSTANT, Table
from shared.errors import Conflict, Forbidden


class Scorecard(Table, table=True):
    """Where a unit stands in a round. Whoever adds scores holds a share lock on its row, whoever ends scoring an update
    lock: so every score is either counted or refused, never lost between.
    """

    __tablename__: ClassVar[str] = "scorecard"

    round_id: UUID = Field(primary_key=True, foreign_key="round.id")
    unit_code: str = Field(primary_key=True, sa_type=CODE)
    unit_kind: str = Field(sa_type=Text)
    area_code: str = Field(sa_type=CODE)
    indicator_set_id: UUID = Field(foreign_key="indicator_set.id")
    indicator_count: int
    """With the indicators that the unit's citizens added."""
    steps: int = 5
    own_indicators: list[dict[str, Any]] = Field(default=[], sa_type=JSONB)
    """What the unit's citizens added to the set, after its last indicator."""
    link_version: int = 1
    planned_on: date | None = None
    unlocked: bool = False
    result_version: int = 0
    accepts_scores: bool = True
    state: str = Field(default="running", sa_type=Text)
    submitted_by: UUID | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=INSTANT)
    completed_by: UUID | None = None
    """None in a completed one: nobody reviewed it in time, and it completed itself."""
    completed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    published_by: UUID | None = None
    published_at: datetime | None = Field(default=None, sa_type=INSTANT)
    version: int = 1

    def submit(self, by: UUID, now: datetime) -> None:
        """Scoring of the unit ends and its review begins. Raises Conflict when that was done already."""
        if self.state != "running":
            raise Conflict(
                "scorecard_not_running",
                en="Scoring of this unit was ended already.",
                km="ការដាក់ពិន្ទុសម្រាប់អង្គភាពនេះត្រូវបានបញ្ចប់រួចហើយ។",
            )
        self.state, self.accepts_scores = "in_review", False
        self.submitted_by, self.submitted_at = by, now
        self.version += 1

    def publish(self, by: UUID, now: datetime) -> None:
        """The result becomes public; never by the one who submitted it."""
        if self.state == "running":
            raise Conflict(
                "scorecard_not_in_review",
                en="A facilitator must first end the scoring of this unit and submit it.",
                km="អ្នកសម្របសម្រួលត្រូវបញ្ចប់ការដាក់ពិន្ទុរបស់អង្គភាពនេះ ហើយដាក់ជូនពិនិត្យជាមុនសិន។",
            )
        if self.published_at is not None:
            raise Conflict(
                "already_published",
                en="This unit's result is published already.",
                km="លទ្ធផលរបស់អង្គភាពនេះត្រូវបានផ្សព្វផ្សាយរួចហើយ។",
            )
        if self.submitted_by == by:
            raise Forbidden(
                "separation_of_duties",
                en="Who submitted a scorecard does not publish it: somebody else must.",
                km="អ្នកដែលបានដាក់ជូនពិនិត្យ មិនអាចផ្សព្វផ្សាយដោយខ្លួនឯងបានទេ; ត្រូវឱ្យអ្នកផ្សេងធ្វើ។",
            )
        self.state, self.published_by, self.published_at = "completed", by, now
        self.result_version += 1
        self.version += 1
