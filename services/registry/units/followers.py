"""What refers to a unit elsewhere in the registry, and follows when the unit moves or gets another code."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account, AccountGrant
from services.registry.accounts.telling import tell_access_of
from services.registry.audit.queries import record
from services.registry.participation.models import Participation
from services.registry.units.models import Unit
from shared.auth.permissions import Role
from shared.auth.user import Grant


async def move_grants(db: AsyncSession, old_code: str, unit: Unit, *, by: UUID) -> int:
    """Let providers answer for the unit where, and by the code by which, it is now; the number of their grants.

    Their access tokens say otherwise and hold no longer; new ones say it as it is.
    """
    after = Grant(Role.PROVIDER, unit.area_code, unit.code)
    moved = 0
    accounts = await _lock_providers(db, old_code)
    for account in accounts:
        for held in [held for held in account.grants if held.unit_code == old_code and held.as_grant() != after]:
            record(db, "account", account.id, "grant_moved", by=by, grant=str(after), before=str(held.as_grant()))
            if any(other.as_grant() == after for other in account.grants):
                account.grants.remove(held)
            else:
                held.area_code, held.unit_code = unit.area_code, unit.code
            moved += 1
        account.version += 1
    if accounts:
        await tell_access_of(db, accounts, revoke=True)
    return moved


async def participations_of(db: AsyncSession, unit_id: UUID) -> Sequence[UUID]:
    """The unit's participation in each year, which shows its code and kind."""
    statement = select(col(Participation.id)).where(col(Participation.unit_id) == unit_id)
    return (await db.scalars(statement)).all()


async def _lock_providers(db: AsyncSession, unit_code: str) -> list[Account]:
    """The accounts that hold a grant for a unit, in one order, so that two mergers wait in a line."""
    held = exists().where(col(AccountGrant.account_id) == col(Account.id), col(AccountGrant.unit_code) == unit_code)
    statement = select(Account).where(held).order_by(col(Account.id)).with_for_update()
    return list(await db.scalars(statement.execution_options(populate_existing=True)))
