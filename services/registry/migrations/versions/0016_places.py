"""What areas without a successor left is kept under codes that nobody reaches who has theirs next.

Bodies ended with every area; closed units and jobs go to the first of several successors.

Versions before left the code as it was. While they still run beside this one they read the new codes as any text, and
find what bears them as they should: below the area above.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ENDED = sa.text(
    "SELECT id, code, parent_code, level, valid_from FROM area WHERE status = 'closed' ORDER BY valid_from, id"
)
ABOVE = sa.text(
    """
    SELECT area.id, area.code, area.status, area.parent_code, area.valid_from
    FROM area_period AS period JOIN area ON area.id = period.area_id
    WHERE period.code = :code AND period.valid_from <= :day AND (period.valid_to IS NULL OR period.valid_to >= :day)
    ORDER BY area.status DESC, period.valid_to DESC NULLS FIRST, area.id LIMIT 1
    """
)
"""Who bore the code of the area above on the day on which one below it ended."""
HEIR = sa.text(
    """
    WITH RECURSIVE came (id) AS (
        SELECT CAST(:id AS uuid)
        UNION SELECT line.new_area_id
        FROM came JOIN area AS ended ON ended.id = came.id AND ended.status = 'closed'
        JOIN area_succession AS line ON line.old_area_id = ended.id AND line.effective_on = ended.valid_from
    )
    SELECT area.code FROM came JOIN area ON area.id = came.id
    WHERE area.status = 'open' ORDER BY area.code, area.id LIMIT 1
    """
)
"""Who came after an area when it ended, and after those that ended since; not what it gave away before."""
KEPT = ("organisation", "training", "caf", "body")
LEAVE_BEHIND = "UPDATE {table} SET area_code = :former WHERE area_id = :id AND area_code = :code"
"""What has a successor that inherits it bears that one's id."""
UNITS = sa.text(
    """
    UPDATE unit SET area_code = :after, version = version + 1
    WHERE status = 'closed' AND area_code = :code AND area_code <> :after AND closed_on <= :day
    """
)
"""None was open when its area ended."""
JOBS = """
    UPDATE {table} SET area_code = :after
    WHERE area_code = :code AND asked_at < CAST(:day AS timestamp) AT TIME ZONE 'Asia/Phnom_Penh'
"""


def upgrade() -> None:
    """Find for every ended area what stands above it now, and put its code behind that."""
    connection = op.get_bind()
    for area in connection.execute(ENDED).all():
        former = f"{_standing_above(connection, area)}-{area.code}"
        for table in KEPT:
            left = {"id": area.id, "code": area.code, "former": former}
            connection.execute(sa.text(LEAVE_BEHIND.format(table=table)), left)
        after = connection.execute(HEIR, {"id": area.id}).scalar() or former
        values = {"code": area.code, "after": after, "day": area.valid_from}
        connection.execute(UNITS, values)
        for table in ("pack_job", "poster_job"):
            connection.execute(sa.text(JOBS.format(table=table)), values)


def _standing_above(connection: sa.Connection, area: Any, seen: frozenset[UUID] = frozenset()) -> str:
    """The code of the area above, or of what came after that; "" where none stands."""
    if area.parent_code is None or area.id in seen:
        return ""
    values = {"code": area.parent_code, "day": area.valid_from}
    above = connection.execute(ABOVE, values).first()
    if above is None:
        return ""
    if above.status == "open":
        return str(above.code)
    heir = connection.execute(HEIR, {"id": above.id}).scalar()
    return str(heir) if heir else _standing_above(connection, above, seen | {area.id})
