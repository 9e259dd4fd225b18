"""Writing into the trail, in the transaction of the change itself."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.models import AuditEntry, SubjectKind


def record(
    db: AsyncSession, kind: SubjectKind, subject: object, action: str, /, *, by: UUID | None, **detail: Any
) -> None:
    """Keep who did what; `detail` is what a reader needs to understand it later, never a secret or a phone number."""
    kept = {name: value for name, value in detail.items() if value is not None}
    db.add(AuditEntry(subject_kind=kind, subject=str(subject), action=action, by_account_id=by, detail=kept))
