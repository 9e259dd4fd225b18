"""What follows a change of codes in the registry's other tables: units, their catchments, the grants of accounts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.accounts.models import Account
from services.registry.accounts.telling import tell_access_of
from services.registry.areas.codes import MARK
from services.registry.areas.heirs import Codes
from services.registry.audit.queries import record_all
from services.registry.units.models import Unit

MOVE_UNITS = text(
    """
    UPDATE unit SET area_code = move.code
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS move (id, code) WHERE unit.id = move.id
    """
)
CATCHMENTS = text("SELECT unit_id, area_code FROM unit_catchment WHERE area_code = ANY(CAST(:codes AS text[]))")
LEAVE_CATCHMENTS = text("DELETE FROM unit_catchment WHERE area_code = ANY(CAST(:codes AS text[]))")
JOIN_CATCHMENTS = text(
    """
    INSERT INTO unit_catchment (unit_id, area_code)
    SELECT unit_id, joined.code FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS joined (unit_id, code)
    JOIN unit ON unit.id = unit_id WHERE unit.area_code <> joined.code
    ON CONFLICT DO NOTHING
    """
)
LEAVE_HOME = text(
    """
    DELETE FROM unit_catchment AS served USING unit
    WHERE unit.id = served.unit_id AND unit.area_code = served.area_code AND unit.id = ANY(CAST(:ids AS uuid[]))
    """
)
COUNT_UNITS_ON = text("UPDATE unit SET version = version + 1 WHERE id = ANY(CAST(:ids AS uuid[]))")
HOLDERS = text(
    """
    SELECT id FROM account
    WHERE id IN (
        SELECT account_id FROM account_grant
        WHERE area_code = ANY(CAST(:codes AS text[])) OR unit_code = ANY(CAST(:units AS text[])))
    ORDER BY id FOR UPDATE
    """
)
"""The accounts before their grants, as whoever changes grants takes them: they wait in a line and not in a circle."""
GRANTS = text(
    """
    SELECT id, account_id, role, area_code, unit_code FROM account_grant
    WHERE account_id = ANY(CAST(:accounts AS uuid[]))
    ORDER BY id
    """
)
DROP_GRANTS = text("DELETE FROM account_grant WHERE id = ANY(CAST(:ids AS uuid[]))")
SET_ASIDE = text("UPDATE account_grant SET area_code = '~' || area_code WHERE id = ANY(CAST(:ids AS uuid[]))")
"""Two grants of an account may swap their codes; none may be the other's twin on the way."""
MOVE_GRANTS = text(
    """
    UPDATE account_grant SET area_code = move.code
    FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[])) AS move (id, code) WHERE account_grant.id = move.id
    """
)
ADD_GRANTS = text(
    """
    WITH added AS (
        SELECT uuidv7() AS id, account_id, role, code, origin
        FROM unnest(CAST(:accounts AS uuid[]), CAST(:roles AS text[]), CAST(:codes AS text[]), CAST(:origins AS uuid[]))
            AS part (account_id, role, code, origin)
    ), given AS (
        INSERT INTO account_grant (id, account_id, role, area_code) SELECT id, account_id, role, code FROM added
    )
    UPDATE api_key SET grant_ids = grant_ids || (
        SELECT array_agg(added.id) FROM added WHERE added.origin = ANY(grant_ids))
    WHERE EXISTS (SELECT FROM added WHERE added.origin = ANY(grant_ids))
    """
)
"""A key of a client that carried the whole carries the parts."""


async def move_units(db: AsyncSession, moves: Mapping[UUID, str], heirs: Codes) -> list[Unit]:
    """Let units and catchments bear the new codes; the units that are other than before, to be told of."""
    touched = set(moves)
    if moves:
        await db.execute(MOVE_UNITS, {"ids": list(moves), "codes": list(moves.values())})
    served = (await db.execute(CATCHMENTS, {"codes": list(heirs)})).all() if heirs else []
    touched |= {row.unit_id for row in served}
    if served:
        joined = [(row.unit_id, code) for row in served for code in heirs[row.area_code]]
        await db.execute(LEAVE_CATCHMENTS, {"codes": list(heirs)})
        values = {"ids": [unit_id for unit_id, _ in joined], "codes": [code for _, code in joined]}
        await db.execute(JOIN_CATCHMENTS, values)
    if not touched:
        return []
    await db.execute(LEAVE_HOME, {"ids": list(touched)})
    await db.execute(COUNT_UNITS_ON, {"ids": list(touched)})
    statement = select(Unit).where(col(Unit.id) == text("ANY(CAST(:ids AS uuid[]))")).order_by(col(Unit.code))
    found = await db.scalars(statement.execution_options(populate_existing=True), {"ids": list(touched)})
    return list(found)


async def move_grants(db: AsyncSession, heirs: Codes, units: Iterable[Unit], *, by: UUID | None) -> None:
    """Let grants go with their area, and with their unit; those of an area that ended for good are taken.

    Tokens with old codes hold no longer: such a code may be another area's already.
    """
    homes = {unit.code: unit.area_code for unit in units}
    if not heirs and not homes:
        return
    holders = (await db.scalars(HOLDERS, {"codes": list(heirs), "units": list(homes)})).all()
    grants = (await db.execute(GRANTS, {"accounts": list(holders)})).all()
    changes = _Regranting(grants, heirs, homes)
    if not changes.accounts:
        return
    await db.execute(DROP_GRANTS, {"ids": changes.dropped})
    await db.execute(SET_ASIDE, {"ids": list(changes.moved)})
    await db.execute(MOVE_GRANTS, {"ids": list(changes.moved), "codes": list(changes.moved.values())})
    if changes.added:
        columns = zip(*changes.added, strict=True)
        names = ("accounts", "roles", "codes", "origins")
        await db.execute(ADD_GRANTS, {name: list(column) for name, column in zip(names, columns, strict=True)})
    await record_all(db, "account", changes.trail(), by=by)
    statement = select(Account).where(col(Account.id).in_(changes.accounts)).order_by(col(Account.id))
    accounts = (await db.scalars(statement.execution_options(populate_existing=True))).all()
    for account in accounts:
        account.version += 1
    await tell_access_of(db, accounts, revoke=True)


class _Regranting:
    """Which grants bear another code now, which come to be beside them, which fall together or away."""

    def __init__(self, grants: Sequence[Any], heirs: Codes, homes: Mapping[str, str]) -> None:
        self.moved: dict[UUID, str] = {}
        self.added: list[tuple[UUID, str, str, UUID]] = []
        self.dropped: list[UUID] = []
        self._before: dict[UUID, list[str]] = defaultdict(list)
        self._after: dict[UUID, list[str]] = defaultdict(list)
        held: set[tuple[UUID, str, str, str | None]] = set()
        staying: list[Any] = []
        going: list[tuple[Any, tuple[str, ...]]] = []
        for grant in grants:
            after = self._codes(grant, heirs, homes)
            (staying.append(grant) if after == (grant.area_code,) else going.append((grant, after)))
        held |= {(grant.account_id, grant.role, grant.area_code, grant.unit_code) for grant in staying}
        for grant, codes in going:
            free = [code for code in codes if (grant.account_id, grant.role, code, grant.unit_code) not in held]
            held |= {(grant.account_id, grant.role, code, grant.unit_code) for code in free}
            self._before[grant.account_id].append(f"{grant.role}@{grant.area_code}")
            self._after[grant.account_id] += [f"{grant.role}@{code}" for code in codes]
            if not free:
                self.dropped.append(grant.id)
                continue
            self.moved[grant.id] = free[0]
            self.added += [(grant.account_id, grant.role, code, grant.id) for code in free[1:]]

    @property
    def accounts(self) -> list[UUID]:
        """The accounts whose grants are other than before."""
        return list(self._before)

    def trail(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What the audit keeps: the grants of each account before and after."""
        return [
            (str(account_id), "grants_followed_area", {"before": before, "after": self._after[account_id]})
            for account_id, before in self._before.items()
        ]

    @staticmethod
    def _codes(grant: Any, heirs: Codes, homes: Mapping[str, str]) -> tuple[str, ...]:
        if grant.unit_code is not None:
            home = homes.get(grant.unit_code, grant.area_code)
            return () if MARK in home else (home,)
        return heirs.get(grant.area_code, (grant.area_code,))
