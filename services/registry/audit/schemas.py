"""What an operator reads of the trail."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.registry.audit.models import AuditEntry, SubjectKind


class AuditRead(BaseModel):
    """One change: who, when, of what, and what was done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4711,
                    "at": "2026-03-02T02:11:00Z",
                    "by_account_id": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b20",
                    "subject_kind": "account",
                    "subject": "019ab2c4-5b1e-7c3a-9a51-0f4d2a6c1b21",
                    "action": "grant_given",
                    "detail": {"grant": "caf@020201"},
                }
            ]
        }
    )

    id: int
    at: datetime
    by_account_id: UUID | None
    subject_kind: SubjectKind
    subject: str
    action: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Show an entry."""
        return cls(
            id=entry.id,
            at=entry.at,
            by_account_id=entry.by_account_id,
            subject_kind=entry.subject_kind,
            subject=entry.subject,
            action=entry.action,
            detail=entry.detail,
        )
