"""Who works on social accountability beside the administrations: registering, changing and finding organisations."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import AfterValidator
from sqlalchemy import func, or_, select
from sqlmodel import col

from services.registry.areas.codes import last_code
from services.registry.audit.queries import record
from services.registry.organisations.models import Organisation, OrganisationKind, must_fit_level
from services.registry.organisations.queries import (
    ONE_AT_A_TIME,
    contact_reader,
    get_organisation,
    must_be_new,
    place_of,
)
from services.registry.organisations.schemas import OrganisationInput, OrganisationPatch, OrganisationRead
from shared.areas import AreaScope
from shared.auth.permissions import Permission
from shared.auth.user import MaybeUser, Requires, User
from shared.db import Transaction
from shared.etag import Matching, set_etag
from shared.paging import Page, Paging, paginate
from shared.registry_copy import under
from shared.routing import Router
from shared.schemas import without_control_characters

OrganisationWriter = Annotated[User, Depends(Requires(Permission.ORGANISATION_WRITE))]
InArea = Annotated[AreaScope, Query(description="Only in this area and below", examples=["0202"])]
OfKind = Annotated[OrganisationKind | None, Query(description="Only of this kind")]
IsActive = Annotated[bool | None, Query(description="Only those that may be chosen, or only those that no longer may")]
Named = Annotated[
    str | None,
    Query(max_length=100, description="Part of a name"),
    AfterValidator(lambda text: without_control_characters(text) if text else text),
]
NEVER_EMPTY = ("kind", "area_code", "name_km", "active")

router = Router(prefix="/organisations", tags=["organisations"])


@router.get("")
async def list_organisations(
    db: Transaction,
    user: MaybeUser,
    page: Paging,
    response: Response,
    area: InArea = "",
    kind: OfKind = None,
    active: IsActive = None,
    q: Named = None,
) -> Page[OrganisationRead]:
    """Ministries, departments, NGOs, development partners and CBOs, the nation's first, then by area.

    Contacts are shown to those alone who may change the organisation, or act for it.
    """
    statement = under(select(Organisation), col(Organisation.area_code), area)
    if kind is not None:
        statement = statement.where(col(Organisation.kind) == kind)
    if active is not None:
        statement = statement.where(col(Organisation.active) == active)
    if q:
        names = (Organisation.name_km, Organisation.name_en, Organisation.short_name)
        statement = statement.where(or_(*(func.strpos(func.lower(col(name)), q.lower()) > 0 for name in names)))
    reader = await contact_reader(db, user)
    if user is not None:
        response.headers["Cache-Control"] = "no-store"
    return await paginate(
        db,
        statement,
        page,
        keys=[col(Organisation.area_code), col(Organisation.id)],
        read=lambda found: OrganisationRead.of(found, with_contact=reader.may_see(found)),
    )


@router.post("", status_code=201)
async def create_organisation(
    body: OrganisationInput, user: OrganisationWriter, db: Transaction, response: Response
) -> OrganisationRead:
    """Register an organisation; one of a name for each kind and place."""
    user.must_cover(body.area_code)
    must_fit_level(body.kind, body.area_code)
    area_id = await place_of(db, body.area_code)
    await must_be_new(db, body.kind, body.area_code, body.name_km)
    organisation = Organisation(**body.model_dump(), area_id=area_id)
    db.add(organisation)
    await db.flush()
    kept = body.model_dump(exclude={"contact"})
    record(db, "organisation", organisation.id, "created", by=user.id, **kept)
    set_etag(response, organisation.version)
    response.headers["Cache-Control"] = "no-store"
    return OrganisationRead.of(organisation, with_contact=True)


@router.get("/{organisation_id}")
async def read_organisation(
    organisation_id: UUID, db: Transaction, user: MaybeUser, response: Response
) -> OrganisationRead:
    """One organisation."""
    organisation = await get_organisation(db, organisation_id)
    reader = await contact_reader(db, user)
    set_etag(response, organisation.version)
    if user is not None:
        response.headers["Cache-Control"] = "no-store"
    return OrganisationRead.of(organisation, with_contact=reader.may_see(organisation))


@router.patch("/{organisation_id}")
async def update_organisation(
    organisation_id: UUID,
    body: OrganisationPatch,
    user: OrganisationWriter,
    if_match: Matching,
    db: Transaction,
    response: Response,
) -> OrganisationRead:
    """Change an organisation, or let it be chosen no more; whoever moves it covers both places."""
    area_id = await place_of(db, body.area_code) if body.area_code is not None else None
    await db.execute(ONE_AT_A_TIME)  # areas, names, then records: as an import takes them
    organisation = await get_organisation(db, organisation_id, lock=True)
    user.must_cover(organisation.area_code)
    if_match.must_match(organisation.version)
    sent = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in sent.items() if value is not None or name not in NEVER_EMPTY}
    if "area_code" in changes:
        user.must_cover(changes["area_code"])
        organisation.area_id = area_id
    for name, value in changes.items():
        setattr(organisation, name, value)
    must_fit_level(organisation.kind, last_code(organisation.area_code))
    if organisation.active and changes.keys() & {*NEVER_EMPTY}:
        place = (organisation.kind, organisation.area_code, organisation.name_km)
        with db.no_autoflush:
            await must_be_new(db, *place, but=organisation.id)
    organisation.version += 1
    kept = {name: value for name, value in changes.items() if name != "contact"}
    record(db, "organisation", organisation.id, "changed", by=user.id, fields=sorted(changes), **kept)
    set_etag(response, organisation.version)
    response.headers["Cache-Control"] = "no-store"
    return OrganisationRead.of(organisation, with_contact=True)
