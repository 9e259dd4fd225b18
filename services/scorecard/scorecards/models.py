"""The scorecard of one unit in one round: planned, running, in review, completed; it is published apart."""

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
    """Scored again after it was submitted, also when scoring has closed for all others; by facilitators then."""
    result_version: int = 0
    accepts_scores: bool = True
    state: str = Field(default="running", sa_type=Text)
    submitted_by: UUID | None = None
    submitted_at: datetime | None = Field(default=None, sa_type=INSTANT)
    scored: bool = True
    """Whether anybody had scored the unit when it was submitted: else nothing was reported."""
    first_submitted_at: datetime | None = Field(default=None, sa_type=INSTANT)
    """Whether it came in time does not change when it is given back or corrected later."""
    completed_by: UUID | None = None
    """None in a completed one: nobody reviewed it in time, and it completed itself."""
    completed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    published_by: UUID | None = None
    published_at: datetime | None = Field(default=None, sa_type=INSTANT)
    version: int = 1

    def add_indicator(self, indicator: dict[str, Any]) -> None:
        """Citizens' own, after all others. None is ever taken away again: whoever fetched the ballot before is known by
        the number of answers, and would else answer a question that is not asked any more.
        """
        self.own_indicators = [*self.own_indicators, indicator]
        self.indicator_count += 1
        self.version += 1

    def renew_link(self) -> None:
        """Whatever was printed with the unit's QR code before holds no longer."""
        self.link_version += 1
        self.version += 1

    def submit(self, by: UUID, now: datetime, *, scored: bool = True) -> None:
        """Scoring of the unit ends and its review begins. Raises Conflict when that was done already."""
        if self.state == "planned":
            raise round_not_open()
        if self.state != "running":
            raise Conflict(
                "scorecard_not_running",
                en="Scoring of this unit was ended already.",
                km="ការដាក់ពិន្ទុសម្រាប់អង្គភាពនេះត្រូវបានបញ្ចប់រួចហើយ។",
            )
        self.state, self.accepts_scores, self.unlocked = "in_review", False, False
        self.submitted_by, self.submitted_at, self.scored = by, now, scored
        self.first_submitted_at = self.first_submitted_at or now
        self.version += 1

    def send_back(self) -> None:
        """The review ends without a result: facilitators have something to put right first."""
        self._must_be_in_review()
        self._score_again()

    def complete(self, by: UUID | None, now: datetime) -> None:
        """The review ends well, never by the one who submitted; None is the system, where nobody reviewed in time."""
        self._must_be_in_review()
        self._must_not_be_submitter(by)
        self.state, self.completed_by, self.completed_at = "completed", by, now
        self.version += 1

    def publish(self, by: UUID, now: datetime) -> None:
        """The result becomes public, and with it the review ends; never by the one who submitted it."""
        self.must_be_publishable(by)
        if self.state == "in_review":
            self.state, self.completed_by, self.completed_at = "completed", by, now
        self.published_by, self.published_at = by, now
        self.result_version += 1
        self.version += 1

    def must_be_publishable(self, by: UUID) -> None:
        """Raise unless it is submitted, not public as it is, and was submitted by somebody else."""
        self._must_be_submitted()
        if self.is_published:
            raise Conflict(
                "already_published",
                en="This unit's result is published already.",
                km="លទ្ធផលរបស់អង្គភាពនេះត្រូវបានផ្សព្វផ្សាយរួចហើយ។",
            )
        self._must_not_be_submitter(by)

    def withdraw(self) -> None:
        """The published result is public no longer; what was submitted can be published again, as another version."""
        if self.published_at is None:
            raise Conflict(
                "not_published",
                en="This unit has no published result.",
                km="អង្គភាពនេះមិនមានលទ្ធផលដែលបានផ្សព្វផ្សាយទេ។",
            )
        self.published_by, self.published_at = None, None
        self.version += 1

    def unlock(self) -> None:
        """A change was granted: scored again, and submitted again; what is published stays until it is replaced."""
        self.must_need_unlocking()
        self._score_again()

    def must_need_unlocking(self) -> None:
        """Raise Conflict unless it was submitted: before that it is changed without asking."""
        if self.state in ("planned", "running"):
            raise Conflict(
                "scorecard_not_submitted",
                en="This scorecard is not submitted: it can be changed without a request.",
                km="តារាងពិន្ទុនេះមិនទាន់បានដាក់ជូនពិនិត្យទេ៖ អាចកែប្រែបានដោយមិនចាំបាច់ស្នើសុំ។",
            )

    @property
    def is_published(self) -> bool:
        """Whether what was last submitted is public; an earlier version may be while this one is being made."""
        if self.published_at is None or self.submitted_at is None:
            return False
        return self.published_at >= self.submitted_at

    def _score_again(self) -> None:
        self.state, self.accepts_scores, self.unlocked = "running", True, True
        self.completed_by, self.completed_at = None, None
        self.version += 1

    def _must_be_submitted(self) -> None:
        if self.state in ("planned", "running"):
            raise Conflict(
                "scorecard_not_in_review",
                en="A facilitator must first end the scoring of this unit and submit it.",
                km="អ្នកសម្របសម្រួលត្រូវបញ្ចប់ការដាក់ពិន្ទុរបស់អង្គភាពនេះ ហើយដាក់ជូនពិនិត្យជាមុនសិន។",
            )

    def _must_be_in_review(self) -> None:
        self._must_be_submitted()
        if self.state == "completed":
            raise Conflict(
                "scorecard_completed",
                en="The review of this scorecard is completed already.",
                km="ការពិនិត្យតារាងពិន្ទុនេះបានបញ្ចប់រួចហើយ។",
            )

    def _must_not_be_submitter(self, by: UUID | None) -> None:
        if by is not None and self.submitted_by == by:
            raise Forbidden(
                "separation_of_duties",
                en="Who submitted a scorecard does not review or publish it: somebody else must.",
                km="អ្នកដែលបានដាក់ជូនពិនិត្យ មិនអាចពិនិត្យ ឬផ្សព្វផ្សាយដោយខ្លួនឯងបានទេ; ត្រូវឱ្យអ្នកផ្សេងធ្វើ។",
            )


def round_not_open() -> Conflict:
    """The refusal of steps of a scorecard whose round is not open."""
    return Conflict("round_not_open", en="This round has not begun yet.", km="ជុំវាយតម្លៃនេះមិនទាន់ចាប់ផ្ដើមនៅឡើយទេ។")
