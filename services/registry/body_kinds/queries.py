"""Reads of kinds of bodies and their duties that several features share."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.body_kinds.models import BodyKind, MeetingDuty
from shared.errors import Invalid

DutiesByKind = Mapping[tuple[str, str], Sequence[MeetingDuty]]
"""By kind and level, in the order of their days."""


async def read_duties(db: AsyncSession, kind: str | None = None) -> DutiesByKind:
    """All duties, or those of a kind: what there was, holds, and is to come."""
    statement = select(MeetingDuty).order_by(col(MeetingDuty.since))
    if kind is not None:
        statement = statement.where(col(MeetingDuty.kind) == kind)
    found: dict[tuple[str, str], list[MeetingDuty]] = defaultdict(list)
    for duty in await db.scalars(statement):
        found[duty.kind, duty.level].append(duty)
    return found


async def lock_kind(db: AsyncSession, code: str) -> BodyKind:
    """The kind that a request names, locked: whoever recognises bodies of it waits. Raises Invalid."""
    kind: BodyKind | None = await db.get(BodyKind, code, with_for_update=True, populate_existing=True)
    if kind is None:
        raise body_kind_unknown(code)
    return kind


def body_kind_unknown(code: str, pointer: str = "/kind") -> Invalid:
    """The refusal of a kind that there is not."""
    return Invalid.field(
        pointer,
        "body_kind_unknown",
        en=f"There is no kind of body {code}; GET /body-kinds lists them.",
        km=f"គ្មានប្រភេទគណៈកម្មាធិការ ឬក្រុមការងារ {code} ទេ; សូមមើលបញ្ជីតាម GET /body-kinds។",
    )
