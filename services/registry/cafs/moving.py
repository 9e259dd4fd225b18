"""What goes along when a facilitator's record moves to another commune: the role that its account holds there."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.accounts.delegation import may_give
from services.registry.accounts.models import Account
from services.registry.accounts.telling import tell_access
from services.registry.areas.models import Area, today_in_cambodia
from services.registry.audit.queries import record
from services.registry.cafs.models import Caf, CafTerm
from services.registry.cafs.queries import hold_commune, village_of
from services.registry.cafs.rules import Notice
from services.registry.cafs.schemas import CafPatch
from shared.auth.permissions import Role
from shared.auth.user import Grant, User


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
    commune = await hold_commune(db, body.area_code or caf.area_code)
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
    account.take(held)
    record(db, "account", account.id, "grant_taken", by=user.id, grant=str(old))
    if all(one.as_grant() != new for one in account.grants):
        account.give(new)
        record(db, "account", account.id, "grant_given", by=user.id, grant=str(new))
    await db.flush()
    await tell_access(db, account, revoke=True)
    return []


def _may_follow(account: Account, user: User, old: Grant, new: Grant) -> bool:
    return may_give(user, old) and may_give(user, new) and account.id != user.id and not account.disabled


def role_stays(before: str, after: str | None = None) -> Notice:
    """What is to be done by those who may, where the account keeps the role that it had."""
    give_en, give_km = (f" and give caf@{after}", f" ហើយផ្ដល់ caf@{after}") if after else ("", "")
    return Notice(
        "role_stays",
        f"The facilitator's account may still work in {before}: ask the district to take caf@{before}{give_en}.",
        f"គណនីរបស់អ្នកសម្របសម្រួលនៅតែអាចធ្វើការក្នុង {before}៖ សូមស្នើរដ្ឋបាលក្រុង ស្រុក ខណ្ឌ ឱ្យដក caf@{before}{give_km}។",
    )
