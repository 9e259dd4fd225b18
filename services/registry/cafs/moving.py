"""What goes along when a facilitator's record moves to another commune: the role that its account holds there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.delegation import may_give
from services.registry.accounts.models import Account, AccountGrant
from services.registry.accounts.telling import tell_access_of
from services.registry.areas.models import Area, today_in_cambodia
from services.registry.audit.queries import record
from services.registry.cafs.models import Caf, CafTerm
from services.registry.cafs.queries import hold_areas, hold_commune, village_of
from services.registry.cafs.rules import Notice
from services.registry.cafs.schemas import CafPatch
from shared.auth.permissions import Role
from shared.auth.user import Grant, User

HOLD_ACCOUNTS = text(
    """
    SELECT account.id FROM account JOIN caf ON caf.account_id = account.id AND caf.left_on IS NULL
    WHERE caf.village_id = ANY(CAST(:ids AS uuid[])) ORDER BY account.id FOR UPDATE OF account
    """
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is to be, held until the commit, with the account that may go along."""

    commune: Area
    village_id: UUID | None
    village_said: bool
    account: Account | None


async def hold_place(db: AsyncSession, caf: Caf, body: CafPatch) -> Place | None:
    """The commune and village that are sent, None where neither is.

    Areas are held before accounts, and both before the record, as whoever changes areas takes them. Raises Invalid.
    """
    if not body.area_code and not body.village_code:
        return None
    account_id, area_id = caf.account_id, caf.area_id
    code = body.area_code or caf.area_code
    await hold_areas(db, (code, body.village_code))
    commune = await hold_commune(db, code)
    village_id = await village_of(db, body.village_code, commune, pointer="/village_code")
    stays = "account_id" not in body.model_fields_set or body.account_id == account_id
    account = None
    if account_id is not None and stays and commune.id != area_id:
        account = await db.get(Account, account_id, with_for_update=True, populate_existing=True)
    return Place(commune, village_id, "village_code" in body.model_fields_set, account)


async def move_to(db: AsyncSession, caf: Caf, place: Place, user: User) -> tuple[CafTerm | None, list[Notice]]:
    """Put a locked record where it is to be: what was served elsewhere until today, and what is to be seen to."""
    moves = caf.area_id != place.commune.id
    if place.village_said or moves:
        caf.village_id = place.village_id
    if not moves:
        return None, []
    before = caf.area_code
    served = caf.move(place.commune, today_in_cambodia())
    account = place.account if place.account is not None and place.account.id == caf.account_id else None
    return served, await _let_role_follow(db, account, user, before, caf.area_code)


async def facilitates(db: AsyncSession, account_id: UUID | None, area_code: str) -> bool:
    """Whether an account holds the facilitator's role of a commune itself."""
    account: Account | None = await db.get(Account, account_id) if account_id is not None else None
    return account is not None and any(one.as_grant() == Grant(Role.CAF, area_code) for one in account.grants)


async def _let_role_follow(
    db: AsyncSession, account: Account | None, user: User, before: str, after: str
) -> list[Notice]:
    """Let an account that facilitates in the commune before do so in the one after, where the caller may give both."""
    old, new = Grant(Role.CAF, before), Grant(Role.CAF, after)
    held = next((one for one in account.grants if one.as_grant() == old), None) if account else None
    if account is None or held is None:
        return []
    if not _may_follow(account, user, old, new):
        return [role_stays(before, after)]
    _let_follow(db, account, held, new, by=user.id)
    await tell_access_of(db, [account], revoke=True)
    return []


async def hold_accounts(db: AsyncSession, village_ids: Sequence[UUID]) -> None:
    """Hold the accounts of those who serve and live in villages that change, before any record is touched."""
    await db.execute(HOLD_ACCOUNTS, {"ids": list(village_ids)})


async def let_roles_follow(db: AsyncSession, moved: Sequence[Any], *, by: UUID | None) -> None:
    """Let the accounts of facilitators who went with their village work where that lies now."""
    places = {row.account_id: row for row in moved if row.account_id is not None and row.left_on is None}
    statement = select(Account).where(col(Account.id).in_(places)).order_by(col(Account.id))
    accounts = (await db.scalars(statement.execution_options(populate_existing=True))).all() if places else []
    followed = []
    for account in accounts:
        place = places[account.id]
        held = next((one for one in account.grants if one.as_grant() == Grant(Role.CAF, place.before)), None)
        if held is not None:
            _let_follow(db, account, held, Grant(Role.CAF, place.after), by=by)
            followed.append(account)
    if followed:
        await tell_access_of(db, followed, revoke=True)


def _let_follow(db: AsyncSession, account: Account, held: AccountGrant, new: Grant, *, by: UUID | None) -> None:
    """Put one role of a locked account in another's place, with its trail; the caller tells of it."""
    record(db, "account", account.id, "grant_taken", by=by, grant=str(held.as_grant()))
    if any(one.as_grant() == new for one in account.grants):
        account.take(held)
        return
    held.area_code = new.area_code
    account.version += 1
    record(db, "account", account.id, "grant_given", by=by, grant=str(new))


def _may_follow(account: Account, user: User, old: Grant, new: Grant) -> bool:
    return may_give(user, old) and may_give(user, new) and account.id != user.id and not account.disabled


def role_stays(before: str, after: str | None = None) -> Notice:
    """What is to be done by those who may, where the account keeps the role that it had."""
    give_en, give_km = (f" and give caf@{after}", f" ហើយផ្ដល់តួនាទី caf@{after}") if after else ("", "")
    return Notice(
        "role_stays",
        f"The facilitator's account may still work in {before}: ask the district to take caf@{before}{give_en}.",
        f"គណនីរបស់អ្នកសម្របសម្រួលនៅតែអាចធ្វើការក្នុង {before}៖ សូមស្នើរដ្ឋបាលក្រុង ស្រុក ខណ្ឌ ឱ្យដកតួនាទី caf@{before}{give_km}។",
    )
