"""Writing into the trail, in the transaction of the change itself."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.models import AuditEntry, SubjectKind

RECORD_ALL = text(
    """
    INSERT INTO audit_entry (by_account_id, subject_kind, subject, action, detail)
    SELECT CAST(:by AS uuid), :kind, subject, action, CAST(detail AS jsonb)
    FROM unnest(CAST(:subjects AS text[]), CAST(:actions AS text[]), CAST(:details AS text[]))
        AS entry (subject, action, detail)
    """
)


def record(
    db: AsyncSession, kind: SubjectKind, subject: object, action: str, /, *, by: UUID | None, **detail: Any
) -> None:
    """Keep who did what; `detail` is what a reader needs to understand it later, never a secret or a phone number."""
    kept = {name: value for name, value in detail.items() if value is not None}
    db.add(AuditEntry(subject_kind=kind, subject=str(subject), action=action, by_account_id=by, detail=kept))


async def record_all(
    db: AsyncSession, kind: SubjectKind, entries: Sequence[tuple[str, str, dict[str, Any]]], *, by: UUID | None
) -> None:
    """Keep what one change did to many subjects: each with the action and its detail, as record does for one."""
    values = {
        "kind": kind,
        "by": by,
        "subjects": [subject for subject, _, _ in entries],
        "actions": [action for _, action, _ in entries],
        "details": [json.dumps(detail, ensure_ascii=False, default=str) for _, _, detail in entries],
    }
    await db.execute(RECORD_ALL, values)
