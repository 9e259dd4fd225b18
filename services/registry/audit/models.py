"""What the trail keeps of a change."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.tables import Table

SubjectKind = Literal[
    "account",
    "area",
    "gazetteer",
    "boundary",
    "unit",
    "unit_kind",
    "participation",
    "focal_person",
    "signing_key",
    "body",
    "body_kind",
    "body_meeting",
    "body_member",
    "organisation",
    "caf",
    "training",
    "training_topic",
    "standard",
    "citizen_rights",
    "data_element",
    "fact_sheet",
    "pack",
    "pack_job",
    "poster_job",
    "posting",
]


class AuditEntry(Table, table=True):
    """Who did what to which subject; `by_account_id` is empty for the command line on the server."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject_id", "subject_kind", "subject", "id"),
        Index("ix_audit_entry_by_account_id_id", "by_account_id", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
    )
    by_account_id: UUID | None = None
    subject_kind: SubjectKind = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    """An account's id, an area's or unit's code, a key's id: what people know it by."""
    action: str = Field(sa_type=Text)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
