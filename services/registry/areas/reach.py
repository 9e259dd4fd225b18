"""Whether a caller's role reaches everything that a change names."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.applying import OPERATIONS
from services.registry.areas.models import AreaChange
from services.registry.areas.operations import Close, Merge, Move, Open, Operation, Rename, Split
from services.registry.areas.queries import areas_of_change
from services.registry.areas.telling import place_of
from shared.auth.user import User


async def must_reach(db: AsyncSession, user: User, operations: Sequence[Operation]) -> None:
    """Raise Forbidden unless the caller's grants cover the areas that operations name, and those they are put below."""
    ids = [area_id for operation in operations for area_id in _ids(operation)]
    for area in await areas_of_change(db, ids):
        user.must_cover(place_of(area))
    for operation in operations:
        for code in _parents(operation):
            user.must_cover(code or "")


def named_areas(change: AreaChange) -> list[UUID]:
    """The ids of the areas that a change names or opens."""
    return [area_id for operation in OPERATIONS.validate_python(change.operations) for area_id in _ids(operation)]


def _ids(operation: Operation) -> Iterator[UUID]:
    match operation:
        case Open(area_id=area_id, children=children):
            yield from (area_id,) if area_id else ()
            yield from (child.area_id for child in children)
        case Rename(area_id=area_id) | Move(area_id=area_id):
            yield area_id
        case Close(area_id=area_id, into=heirs):
            yield from (area_id, *heirs)
        case Split(area_id=area_id, into=parts):
            yield area_id
            yield from (inner for part in parts for inner in _ids(part))
        case Merge(area_ids=ids, into=into, children=children):
            yield from (*ids, *(child.area_id for child in children))
            yield from _ids(into) if isinstance(into, Open) else ()


def _parents(operation: Operation) -> Iterator[str | None]:
    match operation:
        case Open(parent_code=code) | Move(new_parent_code=code):
            yield code
        case Split(into=parts):
            yield from (part.parent_code for part in parts)
        case Merge(into=Open(parent_code=code)):
            yield code
