"""What operations name: areas by their ids, and codes."""

from collections.abc import Iterator
from uuid import UUID

from services.registry.areas.operations import Close, Merge, Move, Open, Operation, Rename, Split


def ids_in(operation: Operation) -> Iterator[UUID]:
    """The ids of the areas that an operation changes, opens or gives something to."""
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
            yield from (inner for part in parts for inner in ids_in(part))
        case Merge(area_ids=ids, into=into, children=children):
            yield from (*ids, *(child.area_id for child in children))
            yield from ids_in(into) if isinstance(into, Open) else ()


def parents_in(operation: Operation) -> Iterator[str | None]:
    """The codes of the areas that an operation puts others below; None for the nation."""
    match operation:
        case Open(parent_code=code) | Move(new_parent_code=code):
            yield code
        case Split(into=parts):
            yield from (part.parent_code for part in parts)
        case Merge(into=Open(parent_code=code)):
            yield code


def codes_in(operation: Operation) -> Iterator[str]:
    """The codes that an operation gives, and those of the parents that it names."""
    yield from (code for code in parents_in(operation) if code is not None)
    match operation:
        case Open(code=code) | Move(new_code=code) | Merge(into=Open(code=code)):
            yield code
        case Split(into=parts):
            yield from (part.code for part in parts)
