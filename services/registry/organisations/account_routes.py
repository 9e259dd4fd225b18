"""Which accounts act for an organisation: a partner sees the facilitators that its organisation supports."""

from uuid import UUID

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.audit.queries import record
from services.registry.organisations.models import OrganisationAccount
from services.registry.organisations.queries import get_organisation
from services.registry.organisations.routes import OrganisationWriter
from services.registry.organisations.schemas import OrganisationAccountRead
from shared.auth.permissions import Role
from shared.db import Transaction
from shared.errors import Conflict, Invalid, NotFound
from shared.paging import Page
from shared.routing import Router

router = Router(prefix="/organisations/{organisation_id}/accounts", tags=["organisations"])


@router.get("")
async def list_organisation_accounts(
    organisation_id: UUID, user: OrganisationWriter, db: Transaction, response: Response
) -> Page[OrganisationAccountRead]:
    """The accounts that act for an organisation, the earliest linked first."""
    organisation = await get_organisation(db, organisation_id)
    user.must_cover(organisation.area_code)
    statement = select(OrganisationAccount).where(col(OrganisationAccount.organisation_id) == organisation.id)
    links = await db.scalars(statement.order_by(col(OrganisationAccount.linked_at)))
    response.headers["Cache-Control"] = "no-store"
    return Page(items=[OrganisationAccountRead.model_validate(link, from_attributes=True) for link in links])


@router.put("/{account_id}", status_code=204)
async def link_organisation_account(
    organisation_id: UUID, account_id: UUID, user: OrganisationWriter, db: Transaction
) -> None:
    """Let a partner's account act for an organisation; an account acts for one at a time.

    From then on it sees the records of the facilitators whom the organisation supports, within the areas of its grants.
    """
    organisation = await get_organisation(db, organisation_id)
    user.must_cover(organisation.area_code)
    organisation.must_be_active("/organisation_id")
    await _must_be_partners(db, account_id)
    link = {"account_id": account_id, "organisation_id": organisation.id, "linked_by": user.id}
    statement = insert(OrganisationAccount).values(link).on_conflict_do_nothing()
    made = await db.scalar(statement.returning(col(OrganisationAccount.account_id)))
    if made is not None:
        record(db, "organisation", organisation.id, "account_linked", by=user.id, account=str(account_id))
        return
    there = await db.get_one(OrganisationAccount, account_id)
    if there.organisation_id != organisation.id:
        raise Conflict(
            "account_acts_for_another",
            en="This account acts for another organisation. Take it from there first.",
            km="គណនីនេះធ្វើសកម្មភាពក្នុងនាមអង្គការផ្សេងរួចហើយ។ សូមដកវាចេញពីទីនោះជាមុនសិន។",
        )


@router.delete("/{account_id}", status_code=204)
async def unlink_organisation_account(
    organisation_id: UUID, account_id: UUID, user: OrganisationWriter, db: Transaction
) -> None:
    """Let an account act for an organisation no longer."""
    organisation = await get_organisation(db, organisation_id)
    user.must_cover(organisation.area_code)
    link: OrganisationAccount | None = await db.get(OrganisationAccount, account_id, with_for_update=True)
    if link is None or link.organisation_id != organisation.id:
        raise NotFound(
            "link_not_found", en="The account does not act for it.", km="គណនីនេះមិនធ្វើសកម្មភាពក្នុងនាមអង្គការនេះទេ។"
        )
    await db.delete(link)
    record(db, "organisation", organisation.id, "account_unlinked", by=user.id, account=str(account_id))


async def _must_be_partners(db: AsyncSession, account_id: UUID) -> None:
    """Raise Invalid unless the account is in use and holds a partner's grant."""
    account: Account | None = await db.get(Account, account_id)
    fits = account is not None and not account.disabled
    if not fits or not any(grant.role == Role.PARTNER for grant in account.grants):  # type: ignore[union-attr]
        raise Invalid.field(
            "/account_id",
            "account_unfit",
            en="There is no account in use with this id that holds a partner's role.",
            km="គ្មានគណនីកំពុងប្រើដែលមានលេខសម្គាល់នេះ និងមានតួនាទីជាអង្គការដៃគូទេ។",
        )
