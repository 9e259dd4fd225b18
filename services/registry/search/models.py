"""The columns that areas are found by, beside the entities, as nobody who reads areas needs them."""

from typing import Any

from sqlalchemy import Column, Computed, Index, Table, Text, func, text

from services.registry.areas.models import Area, AreaPeriod

KEYS = "place_keys(place_words(name_km), place_words(name_en))"
FORMER = "valid_to IS NOT NULL"


def _table(entity: Any) -> Table:
    table: Table = entity.__table__
    return table


def _keys(expression: str) -> Column[str]:
    return Column("search_keys", Text(collation="C"), Computed(expression, persisted=True))


_table(Area).append_column(_keys(KEYS))
Index("ix_area_search", func.place_vector(_table(Area).c.search_keys), postgresql_using="gin")
_table(AreaPeriod).append_column(_keys(f"CASE WHEN {FORMER} THEN {KEYS} END"))
Index("ix_area_period_former", _table(AreaPeriod).c.area_id, postgresql_where=text(FORMER))
