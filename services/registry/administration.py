"""What is done on the server itself, with the service's own settings: first account, tokens, the demo's accounts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.making import make_local_client, make_person
from services.registry.accounts.models import Account
from services.registry.accounts.queries import must_be_grantable
from services.registry.accounts.schemas import LONGEST_PASSWORD, SHORTEST_PASSWORD
from services.registry.areas.queries import get_open_area
from services.registry.audit.queries import record
from services.registry.tokens import keys, passwords
from services.registry.tokens.issue import sign
from services.registry.tokens.keys import signing_key
from services.registry.tokens.models import SigningKey
from services.registry.unit_kinds.queries import get_kind
from services.registry.units.models import Unit
from services.registry.units.queries import free_code, get_unit
from services.registry.units.telling import tell_units
from shared.auth.permissions import Role
from shared.auth.user import Grant
from shared.db import Database
from shared.errors import Forbidden, Invalid
from shared.settings import Settings

DEMO_PROVINCE, DEMO_DISTRICT, DEMO_COMMUNE = "02", "0202", "020201"
"""Battambang, Thma Koul, Ta Pung: within the seven districts of the Battambang case."""
DEMO_CLIENT = "demo-partner"
DEMO_PHONE = "+85512000001"
"""The facilitator's; its codes are in the registry's log."""
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('registry.administration'))")


@dataclass(frozen=True, slots=True)
class ReadyAccount:
    """How to sign in as one role of the demo."""

    role: str
    area_code: str
    unit_code: str | None
    grant_type: str
    name: str
    secret: str
    """The username and password of a person, or the id and secret of a client."""
    phone: str | None = None
    """Where a person may also have a code sent to."""

    def as_json(self) -> dict[str, str | None]:
        """The account as a JSON object, with OAuth's own names."""
        described = asdict(self)
        name, secret = described.pop("name"), described.pop("secret")
        if self.grant_type == "password":
            return described | {"username": name, "password": secret}
        return described | {"client_id": name, "client_secret": secret}


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The registry's database, for a command."""
    database = Database(settings.database_url, service="registry", pool_size=2)
    try:
        yield database
    finally:
        await database.close()


async def issue_local_token(settings: Settings, role: Role, area_code: str, unit_code: str | None) -> str:
    """A token for whoever administers this server; it bears an account of its own for each role and place.

    So two such tokens pass as two people where the rules ask for two. Each is written into the accounts' trail.
    """
    async with opened(settings) as database:
        key = await signing_key(database, settings.secret_key)
        async with database.transaction() as db:
            await db.execute(ONE_AT_A_TIME)
            grant = await _local_grant(db, role, area_code, unit_code)
            client_id = f"local:{grant}"
            account = await db.scalar(select(Account).where(col(Account.client_id) == client_id))
            if account is None:
                account = await make_local_client(db, client_id, f"Local administrator as {grant}", [grant])
            account.must_be_enabled()
            record(db, "account", account.id, "token_issued", by=None, grant=str(grant))
            return sign(key, settings.public_url, account, [grant])


async def _local_grant(db: AsyncSession, role: Role, area_code: str, unit_code: str | None) -> Grant:
    if unit_code is not None:
        unit = await get_unit(db, unit_code)
        return Grant(role, unit.area_code, unit.code)
    if role == Role.PROVIDER:
        await must_be_grantable(db, Grant(role, area_code), pointer="")
    if area_code:
        await get_open_area(db, area_code, hold=True)
    return Grant(role, area_code)


async def create_account(settings: Settings, username: str, password: str, display_name: str, grant: Grant) -> Account:
    """Make a person's account; how the first operator of an installation comes to be."""
    must_be_long_enough(password)
    async with opened(settings) as database, database.transaction() as db:
        await must_be_grantable(db, grant, pointer="")
        return await make_person(db, username, password, display_name, [grant], by=None)


async def rotate_signing_key(settings: Settings) -> SigningKey:
    """Make the next signing key, as an operator may over HTTP."""
    async with opened(settings) as database, database.transaction() as db:
        key = await keys.rotate(db, settings.secret_key)
        record(db, "signing_key", key.kid, "made", by=None, signs_from=key.signs_from.isoformat())
        return key


def must_be_long_enough(password: str) -> None:
    """Raise Invalid when a password is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid.field(
            "/password",
            "password_length",
            en=f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            km=f"ពាក្យសម្ងាត់ត្រូវមានពី {SHORTEST_PASSWORD} ដល់ {LONGEST_PASSWORD} តួអក្សរ។",
        )


async def ensure_demo_accounts(settings: Settings, password: str) -> list[ReadyAccount]:
    """One ready account per role, all with this password. Raises Forbidden outside the demo."""
    if settings.environment != "demo":
        raise Forbidden(
            "not_a_demo",
            en="Ready accounts exist only where ISAF_ENVIRONMENT is demo.",
            km="គណនីត្រៀមរួចមានតែក្នុងការបង្ហាញសាកល្បងប៉ុណ្ណោះ។",
        )
    must_be_long_enough(password)
    async with opened(settings) as database, database.transaction() as db:
        await db.execute(ONE_AT_A_TIME)
        wanted = await _demo_accounts(db, password)
        statement = select(Account).where(
            col(Account.username).in_([ready.name for ready in wanted]) | (col(Account.client_id) == DEMO_CLIENT)
        )
        there = {account.username or account.client_id: account for account in await db.scalars(statement)}
        await _set_passwords(list(there.values()), password)
        for ready in wanted:
            if ready.name not in there:
                await _make_ready(db, ready)
    return wanted


async def _demo_accounts(db: AsyncSession, password: str) -> list[ReadyAccount]:
    unit = await _demo_unit(db)
    places = [
        (Role.OPERATOR, "", "operator"),
        (Role.NCDDS, "", "ncdds"),
        (Role.PROVINCE_OFFICER, DEMO_PROVINCE, "province.02"),
        (Role.DISTRICT_OFFICER, DEMO_DISTRICT, "district.0202"),
        (Role.COMMUNE_CLERK, DEMO_COMMUNE, "clerk.020201"),
        (Role.JAAPC, DEMO_COMMUNE, "jaapc.020201"),
        (Role.CAF, DEMO_COMMUNE, "caf.020201"),
        (Role.PROVIDER, DEMO_COMMUNE, "provider.020201"),
        (Role.CITIZEN, DEMO_COMMUNE, "citizen.020201"),
    ]
    people = [
        ReadyAccount(
            role,
            area,
            unit.code if role == Role.PROVIDER else None,
            "password",
            username,
            password,
            DEMO_PHONE if role == Role.CAF else None,
        )
        for role, area, username in places
    ]
    return [*people, ReadyAccount(Role.PARTNER, DEMO_PROVINCE, None, "client_credentials", DEMO_CLIENT, password)]


async def _demo_unit(db: AsyncSession) -> Unit:
    """The demo commune's first health centre; one is registered where there is none."""
    area = await get_open_area(db, DEMO_COMMUNE, lock=True)
    statement = select(Unit).where(
        col(Unit.area_code) == DEMO_COMMUNE, col(Unit.kind) == "health_centre", col(Unit.status) == "open"
    )
    unit: Unit | None = await db.scalar(statement.order_by(col(Unit.id)).limit(1))
    if unit is None:
        unit = Unit(
            code=await free_code(db, await get_kind(db, "health_centre"), area.code, None),
            kind="health_centre",
            area_code=area.code,
            name_km=f"មណ្ឌលសុខភាព{area.name_km}",
            name_en=f"{area.name_en} Health Centre",
        )
        db.add(unit)
        await db.flush()
        await tell_units(db, [unit])
    return unit


async def _set_passwords(accounts: Sequence[Account], password: str) -> None:
    hashes = {account.password_hash for account in accounts}
    known = dict(zip(hashes, await asyncio.gather(*(passwords.matches(one, password) for one in hashes)), strict=True))
    for account in accounts:
        if account.kind == "client":
            account.set_secret(password)
        elif not known[account.password_hash]:
            account.set_password(await passwords.make_hash(password))


async def _make_ready(db: AsyncSession, ready: ReadyAccount) -> None:
    name = f"Demo {ready.role.replace('_', ' ')}"
    grant = Grant(Role(ready.role), ready.area_code, ready.unit_code)
    if ready.grant_type == "client_credentials":
        client = await make_local_client(db, ready.name, name, [grant])
        client.set_secret(ready.secret)
    else:
        await make_person(db, ready.name, ready.secret, name, [grant], by=None, phone=ready.phone)
