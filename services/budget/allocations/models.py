"""Allocations: the entries of the ledger."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from services.budget.envelopes.models import Envelope
from services.budget.requests.models import FundingRequest
from services.budget.tables import Table, code_column, now, time_column
from shared.errors import Conflict


class Allocation(Table, table=True):
    """Money of an envelope given to an action's request; released, it goes back to both."""

    __table_args__ = (Index(None, "year", "area_code"), Index(None, "request_id"), Index(None, "envelope_id"))

    id: UUID | None = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    request_id: UUID = Field(foreign_key="funding_request.id")
    envelope_id: UUID = Field(foreign_key="envelope.id")
    action_id: UUID
    fund_source: str = Field(sa_type=Text)
    area_code: str = Field(sa_column=code_column())
    """Where the money is spent: the request's area."""
    year: int
    amount: int = Field(sa_type=BigInteger)
    made_by: UUID
    made_at: datetime = Field(default_factory=now, sa_column=time_column())
    released_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    released_by: UUID | None = None
    """Nobody when the action was dropped."""
    release_reason: str | None = Field(default=None, sa_type=Text)

    @classmethod
    def make(
        cls,
        request: FundingRequest,
        envelope: Envelope,
        amount: int,
        *,
        by: UUID,
        id: UUID | None = None,  # noqa: A002
    ) -> Self:
        """Give money of an envelope to a request; both rows must be locked. Raises Conflict and changes nothing."""
        if request.year != envelope.year:
            raise Conflict(
                "year_mismatch",
                en=f"The request is for {request.year}, the envelope is of {envelope.year}.",
                km=f"សំណើនេះសម្រាប់ឆ្នាំ {request.year} ប៉ុន្តែថវិកាសម្រាប់ឆ្នាំ {envelope.year}។",
            )
        if not envelope.pays_in(request.area_code):
            raise Conflict(
                "area_mismatch",
                en=f"An envelope of {envelope.area_code} pays for its own area, not for {request.area_code}.",
                km=f"ថវិការបស់ {envelope.area_code} មិនអាចប្រើសម្រាប់ {request.area_code} បានទេ។",
            )
        request.receive(amount)
        try:
            envelope.give(amount)
        except Conflict:
            request.give_back(amount)
            raise
        return cls(
            id=id,
            request_id=request.id,
            envelope_id=envelope.id,
            action_id=request.action_id,
            fund_source=envelope.fund_source,
            area_code=request.area_code,
            year=request.year,
            amount=amount,
            made_by=by,
        )

    @property
    def is_live(self) -> bool:
        """Whether the money is still given."""
        return self.released_at is None

    def is_repeat(self, request_id: UUID, envelope_id: UUID, amount: int) -> bool:
        """Whether it is what is asked for again."""
        return (self.request_id, self.envelope_id, self.amount) == (request_id, envelope_id, amount)

    def release(self, request: FundingRequest, envelope: Envelope, reason: str, *, by: UUID | None) -> None:
        """Let the money go back; all three rows must be locked. Raises Conflict when it went back before."""
        if not self.is_live:
            raise Conflict(
                "already_released",
                en="This allocation was released before.",
                km="ការវិភាជថវិកានេះត្រូវបានដកវិញរួចហើយ។",
            )
        self.released_at, self.released_by, self.release_reason = now(), by, reason
        request.give_back(self.amount)
        envelope.take_back(self.amount)
