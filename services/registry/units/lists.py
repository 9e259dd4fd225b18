"""Which units a list shows."""

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlmodel import col

from services.registry.units.models import SEARCH_WORDS, Unit, UnitAlias, UnitCatchment


def serving(area_code: str) -> ColumnElement[bool]:
    """Units in an area or in one above it, and those whose catchment it belongs to."""
    here_and_above = [area_code[:length] for length in range(2, len(area_code) + 1, 2)]
    reached = exists().where(col(UnitCatchment.unit_id) == col(Unit.id), col(UnitCatchment.area_code) == area_code)
    return or_(col(Unit.area_code).in_(here_and_above), reached)


def named_like(wanted: str) -> ColumnElement[bool]:
    """Units with this in a name or a code, also an old one, however it is typed (see place_words in the database).

    The words are made into one once, not for each unit.
    """
    part = select(_joined(func.place_words(wanted))).scalar_subquery()
    known_as = func.replace(func.lower(col(UnitAlias.code)), "-", "")
    aliases = select(col(UnitAlias.unit_id)).where(func.strpos(known_as, part) > 0)
    return (part != "") & or_(func.strpos(_joined(SEARCH_WORDS), part) > 0, col(Unit.id).in_(aliases))


def _joined(words: ColumnElement[str]) -> ColumnElement[str]:
    return func.replace(words, " ", "")
