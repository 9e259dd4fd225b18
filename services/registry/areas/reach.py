"""Whether a caller's role reaches everything that a change names."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.applying import OPERATIONS
from services.registry.areas.models import AreaChange
from services.registry.areas.naming import ids_in, parents_in
from services.registry.areas.operations import Operation
from services.registry.areas.queries import areas_by_id
from services.registry.areas.telling import place_of
from shared.auth.user import User


async def must_reach(db: AsyncSession, user: User, operations: Sequence[Operation]) -> None:
    """Raise Forbidden unless the caller's grants cover the areas that operations name, and those they are put below."""
    ids = [area_id for operation in operations for area_id in ids_in(operation)]
    for area in await areas_by_id(db, ids):
        user.must_cover(place_of(area))
    for operation in operations:
        for code in parents_in(operation):
            user.must_cover(code or "")


def named_areas(change: AreaChange) -> list[UUID]:
    """The ids of the areas that a change names or opens."""
    return [area_id for operation in OPERATIONS.validate_python(change.operations) for area_id in ids_in(operation)]
