"""What requests to change a scorecard look like from outside."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.change_requests.models import RequestState, ScorecardRequest
from shared.schemas import Input, LongText


class ScorecardRequestIn(Input):
    """What is asked for."""

    reason: LongText = Field(examples=["ទូរសព្ទដែលកត់ត្រាប្រជុំភូមិមិនទាន់បានផ្ញើ / A phone with a meeting's ballots was away"])


class ApprovalIn(Input):
    """A request is granted."""

    note: Annotated[LongText | None, Field(examples=["ទូរសព្ទបានមកដល់ហើយ / The phone with the ballots has come back"])] = (
        None
    )
    include_late: Annotated[
        bool, Field(strict=True, description="Count the unit's records that came after scoring had ended")
    ] = False


class RefusalIn(Input):
    """A request is not granted."""

    note: LongText = Field(examples=["លទ្ធផលត្រឹមត្រូវហើយ / The result is right as it is"])


class ScorecardRequestRead(BaseModel):
    """A request to change a scorecard that was submitted."""

    id: UUID
    round_id: UUID
    unit_code: str = Field(examples=["HC-020103-1"])
    state: RequestState
    reason: str
    asked_by: UUID
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    late_counted: int = Field(description="Records that had come late and count since the approval")

    @classmethod
    def of(cls, row: ScorecardRequest) -> Self:
        """As stored."""
        return cls.model_validate(row.model_dump())
