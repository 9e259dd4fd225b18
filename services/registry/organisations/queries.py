"""Reads of organisations that several features share."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.queries import get_open_area
from services.registry.organisations.models import (
    Organisation,
    OrganisationAccount,
    OrganisationKind,
    organisation_exists,
)
from shared.auth.permissions import Permission
from shared.auth.user import User
from shared.errors import Invalid, NotFound

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.organisations'))")
"""Whoever gives a name reads first whether it is taken; and an area that merges may bring two of a name together.

It is taken after areas and before organisations."""


async def get_organisation(db: AsyncSession, organisation_id: UUID, *, lock: bool = False) -> Organisation:
    """The organisation of an id. Raises NotFound."""
    found: Organisation | None = await db.get(Organisation, organisation_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound("organisation_not_found", en="There is no such organisation.", km="រកមិនឃើញអង្គការនេះទេ។")
    return found


async def get_active(db: AsyncSession, organisation_id: UUID, *, pointer: str) -> Organisation:
    """An organisation that may be chosen. Raises Invalid naming the field."""
    found: Organisation | None = await db.get(Organisation, organisation_id)
    if found is None:
        raise Invalid.field(
            pointer,
            "organisation_unknown",
            en="There is no organisation with this id.",
            km="គ្មានអង្គការដែលមានលេខសម្គាល់នេះទេ។",
        )
    found.must_be_active(pointer)
    return found


async def must_be_new(
    db: AsyncSession, kind: OrganisationKind, area_code: str, name_km: str, *, but: UUID | None = None
) -> None:
    """Raise Conflict when another active organisation of the kind and place has the name; one writer at a time."""
    await db.execute(ONE_AT_A_TIME)
    statement = select(Organisation).where(
        col(Organisation.kind) == kind,
        col(Organisation.area_code) == area_code,
        func.lower(col(Organisation.name_km)) == name_km.lower(),
        col(Organisation.active),
    )
    for other in await db.scalars(statement):
        if other.id != but:
            raise organisation_exists(other)


async def place_of(db: AsyncSession, area_code: str) -> UUID | None:
    """The id of the open area of a code, held until the commit; None for the nation. Raises Invalid."""
    return (await get_open_area(db, area_code, hold=True)).id if area_code else None


async def acted_for(db: AsyncSession, user: User | None) -> Collection[UUID]:
    """The organisation that the caller acts for; none for most."""
    if user is None:
        return ()
    statement = select(col(OrganisationAccount.organisation_id)).where(col(OrganisationAccount.account_id) == user.id)
    return (await db.scalars(statement)).all()


class ContactReader:
    """Decides for a caller whose contact is shown."""

    def __init__(self, user: User | None, own: Collection[UUID]) -> None:
        self.user = user.with_permission(Permission.ORGANISATION_WRITE) if user else None
        self.own = own

    def may_see(self, organisation: Organisation) -> bool:
        """Whether the caller may change the organisation, or acts for it."""
        covers = self.user is not None and self.user.covers(organisation.area_code)
        return covers or organisation.id in self.own


async def contact_reader(db: AsyncSession, user: User | None) -> ContactReader:
    """What the caller may see of contacts."""
    return ContactReader(user, await acted_for(db, user))
