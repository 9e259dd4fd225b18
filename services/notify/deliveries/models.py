"""Events on their way to partners."""

from datetime import UTC, datetime
from random import SystemRandom
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from services.notify.tables import Table
from shared.errors import Conflict, NotFound

RETRY_SECONDS = (5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600, 24 * 3600)
"""How long to wait after each failed try; after the last one the delivery has failed."""
MAXIMUM_ATTEMPTS = len(RETRY_SECONDS) + 1
JITTER = 0.2
"""A wait is lengthened by up to this share, so that a receiver that was down is not met by all at once."""

_random = SystemRandom()


class Occurrence(Table, table=True):
    """An event that somebody subscribed to, as it was published, byte for byte."""

    event_id: UUID = Field(primary_key=True)
    event_type: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)


class Delivery(Table, table=True):
    """One event to one subscription."""

    __table_args__ = (UniqueConstraint("subscription_id", "event_id"),)

    id: UUID | None = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    subscription_id: UUID = Field(foreign_key="subscription.id", ondelete="CASCADE")
    event_id: UUID = Field(foreign_key="occurrence.event_id")
    event_type: str = Field(sa_type=Text)
    status: str = Field(default="pending", sa_type=Text)
    attempts: int = 0
    next_attempt_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    leased_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    delivered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    last_status: int | None = None
    last_error: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))

    def retry(self) -> None:
        """Make it due now. Raises Conflict when it has arrived."""
        if self.status == "delivered":
            raise Conflict(
                "already_delivered",
                en="The receiver has confirmed this event already.",
                km="អ្នកទទួលបានបញ្ជាក់ការទទួលព្រឹត្តិការណ៍នេះរួចហើយ។",
            )
        self.status, self.next_attempt_at = "pending", datetime.now(UTC)


class Attempt(Table, table=True):
    """One try: when, how long, and what came of it."""

    delivery_id: UUID = Field(primary_key=True, foreign_key="delivery.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=DateTime(timezone=True))
    status: int | None
    error: str | None = Field(sa_type=Text)
    duration_ms: int


def wait_after(attempts: int) -> float | None:
    """Seconds until the next try after so many; None after the last."""
    if attempts >= MAXIMUM_ATTEMPTS:
        return None
    return RETRY_SECONDS[attempts - 1] * _random.uniform(1, 1 + JITTER)


def delivery_not_found() -> NotFound:
    """The refusal of an id that is not the caller's."""
    return NotFound(
        "delivery_not_found", en="You have no delivery with this id.", km="អ្នកមិនមានការបញ្ជូនដែលមានលេខសម្គាល់នេះទេ។"
    )
