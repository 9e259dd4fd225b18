"""Which kinds of bodies there are, and how often each has to meet."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.audit.queries import record
from services.registry.body_kinds.models import BodyKind, MeetingDuty
from services.registry.body_kinds.queries import DutiesByKind, read_duties
from services.registry.body_kinds.schemas import (
    BodyKindCode,
    BodyKindInput,
    BodyKindPatch,
    BodyKindRead,
    MeetingDutyInput,
)
from services.registry.duties.windows import Duty, next_beginning
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.etag import Matching, set_etag
from shared.paging import Page
from shared.routing import Router

BodyKindWriter = Annotated[User, Depends(Requires(Permission.BODY_KIND_WRITE))]

FROM_THE_BEGINNING = date(2000, 1, 1)
"""Before any body of ISAF."""

router = Router(prefix="/body-kinds", tags=["bodies"])


@router.get("")
async def list_body_kinds(db: Transaction) -> Page[BodyKindRead]:
    """The kinds of bodies with their meeting duties, in the order of their codes."""
    duties = await read_duties(db)
    kinds = await db.scalars(select(BodyKind).order_by(col(BodyKind.code)))
    return Page(items=[_shown(kind, duties) for kind in kinds])


@router.post("", status_code=201)
async def create_body_kind(
    body: BodyKindInput, user: BodyKindWriter, db: Transaction, response: Response
) -> BodyKindRead:
    """Add a kind of body, with its duty at each level where it is found; bodies of it can be recognised from now on."""
    user.must_cover("")
    if await db.get(BodyKind, body.code) is not None:
        raise Conflict(
            "body_kind_exists",
            en=f"There is a kind {body.code} already: change that one.",
            km=f"មានប្រភេទ {body.code} រួចហើយ៖ សូមកែប្រែប្រភេទនោះ។",
        )
    kind = BodyKind(**body.model_dump(exclude={"duties"}))
    db.add(kind)
    await db.flush()
    for position, wanted in enumerate(body.duties):
        await _set_duty(db, kind.code, wanted, f"/duties/{position}")
    record(db, "body_kind", kind.code, "created", by=user.id, **body.model_dump(mode="json", exclude={"code"}))
    set_etag(response, kind.version)
    return _shown(kind, await read_duties(db, kind.code))


@router.get("/{code}")
async def read_body_kind(code: BodyKindCode, db: Transaction, response: Response) -> BodyKindRead:
    """One kind of bodies."""
    kind = await _get(db, code)
    set_etag(response, kind.version)
    return _shown(kind, await read_duties(db, code))


@router.patch("/{code}")
async def update_body_kind(
    code: BodyKindCode,
    body: BodyKindPatch,
    user: BodyKindWriter,
    if_match: Matching,
    db: Transaction,
    response: Response,
) -> BodyKindRead:
    """Change a kind's names, or how often its bodies have to meet from a day to come; let it be found at more levels.

    What was found of the time before stays as it is. A change that is still to come is taken back by sending the duty
    that holds now.
    """
    user.must_cover("")
    kind = await _get(db, code, lock=True)
    if_match.must_match(kind.version)
    for name, value in body.model_dump(include={"name_km", "name_en"}, exclude_none=True).items():
        setattr(kind, name, value)
    for position, wanted in enumerate(body.duties or []):
        await _set_duty(db, code, wanted, f"/duties/{position}")
    kind.version += 1
    record(db, "body_kind", code, "changed", by=user.id, **body.model_dump(mode="json", exclude_none=True))
    await db.flush()
    set_etag(response, kind.version)
    return _shown(kind, await read_duties(db, code))


async def _set_duty(db: AsyncSession, kind: str, wanted: MeetingDutyInput, pointer: str) -> None:
    """Let a level have another duty from a day to come, in place of what else was to come there; or its first one."""
    today = today_in_cambodia()
    known = (await read_duties(db, kind)).get((kind, wanted.level), ())
    terms = wanted.model_dump(exclude={"since"})
    if not known and wanted.since is None:
        db.add(MeetingDuty(kind=kind, **terms, since=FROM_THE_BEGINNING))
        await db.flush()
        return
    if not known:
        raise Invalid.field(
            f"{pointer}/since",
            "first_duty_dated",
            en="The first duty of a level holds from the beginning: leave `since` out.",
            km="កាតព្វកិច្ចដំបូងនៃថ្នាក់មួយមានប្រសិទ្ធភាពតាំងពីដើម៖ សូមកុំបំពេញ since។",
        )
    holding = [duty for duty in known if duty.since <= today][-1]
    for duty in known:
        if duty.since > today:
            await db.delete(duty)
    await db.flush()
    if (wanted.every_months, wanted.grace_days) == (holding.every_months, holding.grace_days):
        return
    before, after = holding.as_duty(), Duty(today, wanted.every_months, wanted.grace_days)
    since = wanted.since or next_beginning(today, before, after)
    if since <= today or not (before.begins_window(since) and after.begins_window(since)):
        raise _cuts_windows(f"{pointer}/since", next_beginning(today, before, after))
    db.add(MeetingDuty(kind=kind, **terms, since=since))
    await db.flush()


def _cuts_windows(pointer: str, next_day: date) -> Invalid:
    return Invalid.field(
        pointer,
        "duty_begins_amiss",
        en="A duty changes on a day to come on which a window of both the old and the new one begins, so that none is "
        f"cut: {next_day} is the next.",
        km=f"កាតព្វកិច្ចប្រជុំអាចផ្លាស់ប្ដូរបានតែនៅថ្ងៃខាងមុខ ដែលជាដើមវគ្គទាំងនៃកាតព្វកិច្ចចាស់ និងថ្មី។ ថ្ងៃបន្ទាប់គឺ {next_day}។",
    )


async def _get(db: AsyncSession, code: str, *, lock: bool = False) -> BodyKind:
    kind: BodyKind | None = await db.get(BodyKind, code, with_for_update=lock or None, populate_existing=lock)
    if kind is None:
        raise NotFound(
            "body_kind_not_found",
            en=f"There is no kind of body {code}.",
            km=f"រកមិនឃើញប្រភេទគណៈកម្មាធិការ ឬក្រុមការងារ {code} ទេ។",
        )
    return kind


def _shown(kind: BodyKind, duties: DutiesByKind) -> BodyKindRead:
    return BodyKindRead.of(kind, [duty for (code, _), listed in duties.items() if code == kind.code for duty in listed])
