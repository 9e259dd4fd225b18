"""What goes out about funding requests."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.budget.requests.models import FundingRequest, RequestStatus


class RequestRead(BaseModel):
    """What an action asked for and was given, in riel."""

    id: UUID
    action_id: UUID
    plan_id: UUID
    area_code: Annotated[str, Field(examples=["020301"])]
    year: int
    amount: int
    allocated: int
    status: RequestStatus
    requested_by: UUID
    title_km: str
    title_en: str

    @classmethod
    def of(cls, request: FundingRequest) -> Self:
        """Show a row."""
        return cls.model_validate(request, from_attributes=True)
