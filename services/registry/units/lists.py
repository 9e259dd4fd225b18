"""Which units a list shows."""

from sqlalchemy import ColumnElement, exists, func, or_
from sqlalchemy.orm import Mapped
from sqlmodel import col

from services.registry.units.models import Unit, UnitAlias, UnitCatchment

IGNORED = " \u00a0\u200b\u200c\u200d\ufeff-.'"
"""Spaces, zero-width characters and marks, which people type or leave out."""
KHMER_DIGITS, DIGITS = "០១២៣៤៥៦៧៨៩", "0123456789"
FORGOTTEN = str.maketrans(KHMER_DIGITS, DIGITS, IGNORED)


def serving(area_code: str) -> ColumnElement[bool]:
    """Units in an area or in one above it, and those whose catchment it belongs to."""
    here_and_above = [area_code[:length] for length in range(2, len(area_code) + 1, 2)]
    reached = exists().where(col(UnitCatchment.unit_id) == col(Unit.id), col(UnitCatchment.area_code) == area_code)
    return or_(col(Unit.area_code).in_(here_and_above), reached)


def named_like(wanted: str) -> ColumnElement[bool]:
    """Units with this in a name or a code, also an old one, forgiving of case, spaces, marks and Khmer digits."""
    part = wanted.translate(FORGOTTEN).lower()
    alias = exists().where(col(UnitAlias.unit_id) == col(Unit.id), _holds(col(UnitAlias.code), part))
    return or_(_holds(col(Unit.name_en), part), _holds(col(Unit.name_km), part), _holds(col(Unit.code), part), alias)


def _holds(column: Mapped[str], part: str) -> ColumnElement[bool]:
    plain = func.translate(func.lower(column), KHMER_DIGITS + IGNORED, DIGITS)
    return func.strpos(plain, part) > 0
