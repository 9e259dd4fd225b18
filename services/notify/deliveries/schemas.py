"""Answers about deliveries."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.notify.deliveries.models import Attempt, Delivery

DeliveryStatus = Literal["pending", "delivered", "failed"]


class DeliveryRead(BaseModel):
    """An event on its way to a subscription."""

    id: UUID
    subscription_id: UUID
    event_id: UUID = Field(description="The call's webhook-id: the same event has the same id at every try")
    event_type: str
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    last_status: int | None = Field(description="The HTTP status of the last try; null when none came")
    last_error: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Delivery) -> Self:
        """As the subscription's owner sees it."""
        return cls.model_validate(row, from_attributes=True)


class AttemptRead(BaseModel):
    """One try."""

    number: int
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int

    @classmethod
    def of(cls, row: Attempt) -> Self:
        """As the subscription's owner sees it."""
        return cls.model_validate(row, from_attributes=True)


class DeliveryWithAttempts(DeliveryRead):
    """A delivery with its log."""

    attempts_log: list[AttemptRead]
