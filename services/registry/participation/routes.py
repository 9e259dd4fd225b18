"""Saying and reading who takes part in a year."""

from typing import Annotated

from fastapi import Depends, Query, Response
from sqlalchemy import tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record
from services.registry.organisations.naming import Said, organisation_said
from services.registry.organisations.queries import acted_for
from services.registry.participation import carrying
from services.registry.participation.models import (
    DISTRICT,
    Participation,
    Side,
    is_partner_here,
    must_be_a_partners_change,
    must_be_the_partners_own,
)
from services.registry.participation.queries import (
    CODE,
    MANY,
    ONE,
    PLACE,
    Subject,
    find_participation,
    get_subject,
    of_year,
    participations_by_id,
)
from services.registry.participation.schemas import (
    CarriedOver,
    CarryOver,
    ParticipationInput,
    ParticipationRead,
    SubjectCode,
)
from services.registry.participation.telling import tell_participations
from services.registry.unit_kinds.queries import must_know_kind
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.errors import Invalid, NotFound
from shared.etag import MatchingOnceThere, set_etag
from shared.paging import Page, Paging, encode_cursor, invalid_cursor
from shared.routing import Router
from shared.schemas import Year

ParticipationWriter = Annotated[User, Depends(Requires(Permission.PARTICIPATION_WRITE))]
InArea = Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])]
OfKind = Annotated[str | None, Query(max_length=40, description="Only this kind of unit; `district` for districts")]
OfSide = Annotated[Side | None, Query(description="Only those with this side; `none` for those with neither")]
PLAIN = {"supply_side", "demand_side", "note"}

router = Router(prefix="/participations", tags=["participation"])


@router.get("")
async def list_participations(
    year: Year, db: Transaction, page: Paging, area: InArea = "", kind: OfKind = None, side: OfSide = None
) -> Page[ParticipationRead]:
    """What is said of a year: units by area and code, a district's administration before the units in it."""
    await must_know_kind(db, None if kind == DISTRICT else kind)
    statement = of_year(year, area, kind, side).order_by(PLACE, CODE).limit(page.limit + 1)
    if page.after is not None:
        if len(page.after) != 2 or not all(isinstance(part, str) and "\0" not in part for part in page.after):
            raise invalid_cursor()
        statement = statement.where(tuple_(PLACE, CODE) > tuple_(*page.after))
    rows = (await db.execute(statement)).all()
    items = [ParticipationRead.of(row) for row in rows[: page.limit]]
    cursor = encode_cursor([rows[-2].area_code, rows[-2].code]) if len(rows) > page.limit else None
    return Page(items=items, next_cursor=cursor)


@router.get("/{year}/{code}")
async def read_participation(year: Year, code: SubjectCode, db: Transaction, response: Response) -> ParticipationRead:
    """What is said of a unit's year, or of a district administration's."""
    found = await find_participation(db, year, await get_subject(db, code))
    if found is None:
        raise NotFound(
            "participation_not_found",
            en=f"Nothing is said of {code} in {year}.",
            km=f"មិនទាន់មានទិន្នន័យអំពី {code} សម្រាប់ឆ្នាំ {year} ទេ។",
        )
    return await _shown(db, found, response)


@router.put("/{year}/{code}")
async def put_participation(
    year: Year,
    code: SubjectCode,
    body: ParticipationInput,
    user: ParticipationWriter,
    if_match: MatchingOnceThere,
    db: Transaction,
    response: Response,
) -> ParticipationRead:
    """Say what part a unit, or a district's administration, has in a year.

    The first time without If-Match, later with it. A partner sets only the demand side and the support it gives itself:
    it sends the rest as it was read, and changes nothing where another account has named the supporting organisation.
    That is said by its id or its name; a name that the registry does not know is kept as it is. A partner whose account
    acts for an organisation names that one.
    """
    await db.execute(ONE)
    subject = await get_subject(db, code, lock=True)
    user.must_cover(subject.area_code)
    found = await find_participation(db, year, subject)
    if_match.must_match(found.version if found else None)
    if is_partner_here(user, subject.area_code):
        must_be_a_partners_change(code, user.id, found, body.supply_side, body.note)
    participation = found or _first(year, subject)
    said = Said(body.supporter_id, body.supporting_ngo)
    pointers = {"id_pointer": "/supporter_id", "name_pointer": "/supporting_ngo"}
    support = await organisation_said(db, said, participation.support, **pointers)
    if is_partner_here(user, subject.area_code):
        must_be_the_partners_own(code, support, participation.support, await acted_for(db, user))
    participation.set(**body.model_dump(include=PLAIN), support=support, by=user.id)
    if found is None:
        db.add(participation)
    await db.flush()
    record(
        db, "participation", f"{year}/{subject.code}", "changed" if found else "created", by=user.id,
        supply_side=body.supply_side, demand_side=body.demand_side, supporting_ngo=support.name,
    )  # fmt: skip
    await tell_participations(db, [participation.id])
    return await _shown(db, participation, response)


@router.post(":carry-over")
async def carry_over_participations(body: CarryOver, user: ParticipationWriter, db: Transaction) -> CarriedOver:
    """Begin a year as another one was: whoever took part does so again, with the same sides and support.

    What is said of the new year already stays, so a second time changes nothing. Units and districts that are closed by
    now are left out. For the officers of the area; a partner says of each unit what it will do.
    """
    user.must_cover(body.area)
    if is_partner_here(user, body.area):
        raise carrying.not_for_partners()
    if body.from_year == body.to_year:
        raise Invalid.field("/to_year", "same_year", en="The two years are the same.", km="ឆ្នាំទាំងពីរដូចគ្នា។")
    await db.execute(MANY)
    return await carrying.carry_over(db, body, by=user.id)


def _first(year: int, subject: Subject) -> Participation:
    return Participation(
        year=year,
        unit_id=subject.unit_id,
        area_id=subject.area_id,
        area_code=subject.area_code,
        supply_side=False,
        demand_side=False,
        version=0,
    )


async def _shown(db: AsyncSession, participation: Participation, response: Response) -> ParticipationRead:
    set_etag(response, participation.version)
    return ParticipationRead.of((await participations_by_id(db, [participation.id]))[0])
