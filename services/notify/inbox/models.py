"""Messages to readers, and who has read them."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.notify.tables import Table
from shared.errors import NotFound


class Message(Table, table=True):
    """What one event means for those it concerns; ids rise in the order in which messages become visible."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    event_id: UUID = Field(unique=True)
    event_type: str = Field(sa_type=Text)
    area_code: str = Field(sa_type=Text)
    audience: list[str] = Field(sa_type=ARRAY(Text))
    title_km: str = Field(sa_type=Text)
    title_en: str = Field(sa_type=Text)
    body_km: str = Field(sa_type=Text)
    body_en: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class ReadMark(Table, table=True):
    """An account has read a message."""

    __tablename__ = "read_mark"

    account_id: UUID = Field(primary_key=True)
    message_id: int = Field(primary_key=True, sa_type=BigInteger, foreign_key="message.id", ondelete="CASCADE")
    read_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_type=DateTime(timezone=True))


class ActionTitle(Table, table=True):
    """What an action is called, for messages about money, whose events name the action by its id alone."""

    __tablename__ = "action_title"

    action_id: UUID = Field(primary_key=True)
    title_km: str = Field(sa_type=Text)
    title_en: str = Field(sa_type=Text)


def message_not_found() -> NotFound:
    """The refusal of a message that does not concern the reader."""
    return NotFound("message_not_found", en="You have no message with this id.", km="អ្នកមិនមានសារដែលមានលេខសម្គាល់នេះទេ។")
