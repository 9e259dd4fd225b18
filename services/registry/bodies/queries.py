"""Reads of bodies that several features share, and what keeps two of a kind from standing side by side."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.areas.models import today_in_cambodia
from services.registry.bodies.models import Body
from services.registry.bodies.schemas import BodyMembers, BodyRead
from shared.areas import prefix_range
from shared.auth.user import User
from shared.errors import Conflict, Invalid, NotFound

SHOWN = text(
    """
    SELECT b.id, b.kind, b.level, b.area_code, b.recognised_by, b.recognised_on, b.dissolved_on, b.dissolution_reason,
           b.version, coalesce(b.name_km, concat_ws(' ', k.name_km, a.name_km)) AS name_km,
           coalesce(b.name_en, concat_ws(' ', k.name_en, a.name_en)) AS name_en, m.*,
           (SELECT max(held_on) FROM body_meeting WHERE body_id = b.id AND withdrawn_at IS NULL) AS last_met_on
    FROM body b JOIN body_kind k ON k.code = b.kind LEFT JOIN area a ON a.id = b.area_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS total, count(*) FILTER (WHERE sex = 'female') AS female,
               count(*) FILTER (WHERE sex = 'male') AS male, count(*) FILTER (WHERE sex = 'undisclosed') AS undisclosed,
               count(*) FILTER (WHERE term_until < :today) AS term_over
        FROM body_member WHERE body_id = b.id AND left_on IS NULL AND term_from <= :today
    ) AS m
    WHERE b.id = ANY(CAST(:ids AS uuid[]))
    """
)


async def get_body(db: AsyncSession, body_id: UUID, *, lock: bool = False) -> Body:
    """The body of an id; with `lock`, nobody else changes it or its meetings meanwhile. Raises NotFound."""
    body: Body | None = await db.get(Body, body_id, with_for_update=lock or None, populate_existing=lock)
    if body is None:
        raise body_not_found()
    return body


async def show_bodies(db: AsyncSession, bodies: Sequence[Body]) -> list[BodyRead]:
    """Bodies as the API shows them, in their order."""
    await db.flush()
    rows = await db.execute(SHOWN, {"ids": [body.id for body in bodies], "today": today_in_cambodia()})
    shown = {}
    for row in rows.mappings():
        members = BodyMembers.model_validate({name: row[name] for name in BodyMembers.model_fields})
        shown[row["id"]] = BodyRead.model_validate({**row, "members": members})
    return [shown[body.id] for body in bodies]


async def must_stand_alone(db: AsyncSession, body: Body) -> None:
    """Raise Conflict or Invalid when another body of the kind is, or was, in the area during this one's time."""
    statement = select(Body).where(
        col(Body.kind) == body.kind,
        col(Body.area_id).is_not_distinct_from(body.area_id),
        or_(col(Body.dissolved_on).is_(None), col(Body.dissolved_on) > body.recognised_on),
    )
    if body.id is not None:
        statement = statement.where(col(Body.id) != body.id)
    if body.dissolved_on is not None:
        statement = statement.where(col(Body.recognised_on) < body.dissolved_on)
    with db.no_autoflush:
        other: Body | None = await db.scalar(statement.order_by(col(Body.dissolved_on).desc().nulls_first()).limit(1))
    if other is None:
        return
    if other.dissolved_on is None:
        raise Conflict(
            "body_exists",
            en=f"There is such a body since {other.recognised_on}. Change that one, or dissolve it first.",
            km=f"មានគណៈកម្មាធិការ ឬក្រុមការងារប្រភេទនេះរួចហើយតាំងពីថ្ងៃទី {other.recognised_on}។ សូមកែប្រែ ឬរំលាយជាមុនសិន។",
            extra={"body_id": str(other.id)},
        )
    raise overlaps(other.dissolved_on)


def overlaps(until: date) -> Invalid:
    """The refusal of a body that would have stood beside the one before it."""
    return Invalid.field(
        "/recognised_on",
        "overlaps_the_one_before",
        en=f"The one before it was dissolved on {until}: this one begins on that day or later.",
        km=f"គណៈកម្មាធិការ ឬក្រុមការងារមុនត្រូវបានរំលាយនៅថ្ងៃទី {until}៖ ថ្មីនេះត្រូវចាប់ផ្ដើមពីថ្ងៃនោះទៅ។",
    )


def in_reach(user: User) -> ColumnElement[bool]:
    """The bodies that the caller's grants cover."""
    conditions: list[ColumnElement[bool]] = []
    for grant in user.grants:
        low, high = prefix_range(grant.area_code)
        whole = grant.area_pattern.endswith("%")
        area = col(Body.area_code)
        conditions.append((area >= low) & (area < high) if whole else area == grant.area_code)
    return or_(false(), *conditions)


def body_not_found() -> NotFound:
    """The refusal of an id that no body has."""
    return NotFound(
        "body_not_found", en="There is no body with this id.", km="រកមិនឃើញគណៈកម្មាធិការ ឬក្រុមការងារដែលមានលេខសម្គាល់នេះទេ។"
    )
