"""Answers about the inbox."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.notify.inbox.models import Message
from shared.events.scorecard import ResultPublished


class MessageRead(BaseModel):
    """What an event means for the reader, in both languages."""

    id: int
    event_type: str = Field(examples=[ResultPublished.TYPE])
    event_id: UUID
    area_code: str
    title_km: str
    title_en: str
    body_km: str
    body_en: str
    created_at: datetime = Field(description="When the event happened")
    read_at: datetime | None

    @classmethod
    def of(cls, row: Message, read_at: datetime | None) -> Self:
        """As one reader sees it."""
        names = (name for name in cls.model_fields if name != "read_at")
        return cls(**{name: getattr(row, name) for name in names}, read_at=read_at)


class UnreadCount(BaseModel):
    """How many messages wait for the reader."""

    unread: int
