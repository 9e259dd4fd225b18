"""What goes in and out about allocations."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.budget.allocations.models import Allocation
from shared.events.budget import AllocationMade, AllocationReleased
from shared.schemas import Input, Riel, ShortText


class AllocationIn(Input):
    """Money to be given to a request."""

    id: Annotated[UUID | None, Field(description="Made by the client, so that a repeated request is known")] = None
    request_id: UUID
    envelope_id: UUID
    amount: Annotated[Riel, Field(gt=0, examples=[12_500_000])]


class ReleaseIn(Input):
    """Why money is taken back."""

    reason: Annotated[ShortText, Field(examples=["The supplier returned the deposit."])]


class AllocationRead(BaseModel):
    """Money given to an action's request, in riel."""

    id: UUID
    request_id: UUID
    envelope_id: UUID
    action_id: UUID
    fund_source: str
    area_code: Annotated[str, Field(examples=["020301"], description="Where the money is spent")]
    year: int
    amount: int
    made_at: datetime
    released_at: datetime | None
    release_reason: str | None

    @classmethod
    def of(cls, allocation: Allocation) -> Self:
        """Show a row."""
        return cls.model_validate(allocation, from_attributes=True)


def made(allocation: Allocation) -> AllocationMade:
    """The event of a new allocation."""
    return AllocationMade.model_validate(_facts(allocation))


def released(allocation: Allocation) -> AllocationReleased:
    """The event of money going back."""
    return AllocationReleased.model_validate({**_facts(allocation), "reason": allocation.release_reason})


def _facts(allocation: Allocation) -> dict[str, object]:
    return allocation.model_dump() | {"allocation_id": allocation.id}
