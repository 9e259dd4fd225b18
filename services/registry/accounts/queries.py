"""Reads of accounts, and the checks that every change shares."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.delegation import must_fit, must_give
from services.registry.accounts.models import Account, AccountGrant
from services.registry.areas.queries import get_open_area
from services.registry.units.queries import find_unit
from shared.areas import prefix_range
from shared.auth.user import Grant, User
from shared.errors import Forbidden, Invalid, NotFound

HOLD_AREAS = text(
    "SELECT id FROM area WHERE code = ANY(CAST(:codes AS text[])) AND status = 'open' ORDER BY id FOR SHARE"
)
HOLD_UNITS = text("SELECT id FROM unit WHERE code = ANY(CAST(:codes AS text[])) ORDER BY id FOR SHARE")


async def get_account(db: AsyncSession, account_id: UUID, *, lock: bool = False) -> Account:
    """The account of an id. Raises NotFound."""
    account: Account | None = await db.get(Account, account_id, with_for_update=True if lock else None)
    if account is None:
        raise account_not_found()
    return account


def account_not_found() -> NotFound:
    """The refusal for an account that is not there, or not for this reader."""
    return NotFound("account_not_found", en="There is no such account.", km="រកមិនឃើញគណនីនេះទេ។")


def within_reach(reader: User) -> Select[Account]:
    """The accounts that a reader may see: those with a grant inside the reader's areas; nationwide, all."""
    if reader.covers(""):
        return select(Account)
    ranges = [prefix_range(grant.area_code) for grant in reader.grants]
    held = exists().where(
        col(AccountGrant.account_id) == col(Account.id),
        or_(*((col(AccountGrant.area_code) >= low) & (col(AccountGrant.area_code) < high) for low, high in ranges)),
    )
    return select(Account).where(held)


def is_within_reach(reader: User, account: Account) -> bool:
    """Whether the reader may see the account."""
    return reader.covers("") or any(reader.covers(grant.area_code, grant.unit_code) for grant in account.grants)


def must_be_another(user: User, account_id: UUID) -> None:
    """Raise Forbidden when the account is the caller's own."""
    if user.id == account_id:
        raise Forbidden(
            "own_account",
            en="Nobody changes their own rights; ask a colleague or the administration above.",
            km="គ្មានអ្នកណាអាចកែប្រែសិទ្ធិរបស់ខ្លួនឯងបានទេ។ សូមស្នើសហការី ឬរដ្ឋបាលថ្នាក់លើ។",
        )


def must_manage(manager: User, account: Account) -> None:
    """Who takes over an account gets all its rights, so only those who could give every one of them may."""
    if not is_within_reach(manager, account):
        raise account_not_found()
    for grant in account.grants:
        must_give(manager, grant.as_grant())


async def hold_places(db: AsyncSession, grants: Sequence[Grant]) -> None:
    """Keep the places of grants as they are until the caller's commit, so that none is given where nothing is by then.

    Areas before units, each by id, and both before any account: as whoever changes areas or moves a unit takes them.
    """
    await db.execute(HOLD_AREAS, {"codes": [grant.area_code for grant in grants]})
    if units := [grant.unit_code for grant in grants if grant.unit_code is not None]:
        await db.execute(HOLD_UNITS, {"codes": units})


async def must_be_grantable(db: AsyncSession, grant: Grant, *, pointer: str) -> None:
    """Raise Invalid unless the grant is whole, and its area and unit are there and belong together."""
    must_fit(grant, pointer=pointer)
    if grant.area_code:
        await get_open_area(db, grant.area_code, pointer=f"{pointer}/area_code", hold=True)
    if grant.unit_code is None:
        return
    unit = await find_unit(db, grant.unit_code)
    if unit is None or unit.status != "open" or unit.area_code != grant.area_code:
        raise Invalid.field(
            f"{pointer}/unit_code",
            "unit_unknown",
            en=f"There is no open service unit {grant.unit_code} in {grant.area_code}.",
            km=f"គ្មានអង្គភាពផ្តល់សេវា {grant.unit_code} ក្នុង {grant.area_code} ទេ។",
        )
