"""What refers to a unit elsewhere in the registry, and follows when the unit moves or gets another code."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record
from services.registry.units.models import Unit
from shared.auth.permissions import Role
from shared.auth.user import Grant

DROP_DOUBLE = text(
    """
    DELETE FROM account_grant AS old
    WHERE role = 'provider' AND unit_code = :old_code AND (unit_code, area_code) <> (:code, :area_code)
      AND EXISTS (SELECT FROM account_grant AS new WHERE new.account_id = old.account_id AND new.role = 'provider'
                    AND new.unit_code = :code AND new.area_code = :area_code)
    RETURNING account_id, area_code
    """
)
MOVE_GRANTS = text(
    """
    UPDATE account_grant SET unit_code = :code, area_code = :area_code
    FROM (SELECT id, area_code AS old_area FROM account_grant
          WHERE role = 'provider' AND unit_code = :old_code AND (unit_code, area_code) <> (:code, :area_code)
          ORDER BY id FOR UPDATE) AS old
    WHERE account_grant.id = old.id
    RETURNING account_id, old_area AS area_code
    """
)
TOUCH_ACCOUNTS = text("UPDATE account SET version = version + 1 WHERE id = ANY(CAST(:ids AS uuid[]))")


async def move_grants(db: AsyncSession, old_code: str, unit: Unit, *, by: UUID) -> int:
    """Let providers answer for the unit where, and by the code by which, it is now; the number of their grants."""
    values = {"old_code": old_code, "code": unit.code, "area_code": unit.area_code}
    rows = [*await db.execute(DROP_DOUBLE, values), *await db.execute(MOVE_GRANTS, values)]
    await db.execute(TOUCH_ACCOUNTS, {"ids": sorted(row.account_id for row in rows)})
    after = str(Grant(Role.PROVIDER, unit.area_code, unit.code))
    for row in rows:
        before = str(Grant(Role.PROVIDER, row.area_code, old_code))
        record(db, "account", row.account_id, "grant_moved", by=by, grant=after, before=before)
    return len(rows)
