"""Which units a list shows."""

from typing import Annotated, Any

from fastapi import Query
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlmodel import col

from services.registry.units.models import SEARCH_WORDS, Unit, UnitAlias, UnitCatchment, UnitStatus
from shared.areas import AreaCode, AreaScope
from shared.events.registry import UnitKind
from shared.registry_copy import under


class UnitFilters:
    """Which units to list."""

    def __init__(
        self,
        area: Annotated[AreaScope, Query(description="Only units in this area and below", examples=["0202"])] = "",
        serving: Annotated[
            AreaCode | None,
            Query(
                description="Only units that this area is served by: those in it, in the areas above it, and those "
                "whose catchment it belongs to",
                examples=["020202"],
            ),
        ] = None,
        kind: Annotated[UnitKind | None, Query()] = None,
        status: Annotated[UnitStatus | None, Query()] = None,
        q: Annotated[
            str | None, Query(min_length=1, max_length=100, description="Part of a name, or of a code, old ones too")
        ] = None,
    ) -> None:
        self.area, self.serving, self.kind, self.status, self.q = area, serving, kind, status, q

    def statement(self) -> Select[Any]:
        """The units that fit all of it."""
        statement = under(select(Unit), col(Unit.area_code), self.area) if self.area else select(Unit)
        if self.serving is not None:
            statement = statement.where(serve(self.serving))
        if self.kind is not None:
            statement = statement.where(col(Unit.kind) == self.kind)
        if self.status is not None:
            statement = statement.where(col(Unit.status) == self.status)
        if self.q is not None:
            statement = statement.where(named_like(self.q))
        return statement


def serve(area_code: str) -> ColumnElement[bool]:
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
