"""Reading the trail."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime
from sqlalchemy import select
from sqlmodel import col

from services.registry.audit.models import AuditEntry, SubjectKind
from services.registry.audit.schemas import AuditRead
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.paging import Page, Paging, paginate
from shared.routing import Router
from shared.schemas import without_control_characters

Operator = Annotated[User, Depends(Requires(Permission.OPERATE))]
Plain = Annotated[str, AfterValidator(without_control_characters)]

router = Router(prefix="/audit", tags=["audit"])


@router.get("")
async def list_audit_entries(
    user: Operator,
    db: Transaction,
    page: Paging,
    subject_kind: Annotated[SubjectKind | None, Query()] = None,
    subject: Annotated[Plain | None, Query(max_length=100, description="An id or a code")] = None,
    by: Annotated[UUID | None, Query(description="Only what this account did")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only from this time on, with its zone")] = None,
) -> Page[AuditRead]:
    """Who changed what of accounts, areas, units, people and keys, and who took which file of people, newest first."""
    user.must_cover("")
    statement = select(AuditEntry)
    if subject_kind is not None:
        statement = statement.where(col(AuditEntry.subject_kind) == subject_kind)
    if subject is not None:
        statement = statement.where(col(AuditEntry.subject) == subject)
    if by is not None:
        statement = statement.where(col(AuditEntry.by_account_id) == by)
    if since is not None:
        statement = statement.where(col(AuditEntry.at) >= since)
    return await paginate(db, statement, page, keys=[col(AuditEntry.id)], read=AuditRead.of, newest_first=True)
