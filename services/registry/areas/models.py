"""Areas of the country, from provinces to villages."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from services.registry.tables import Table
from shared.areas import Level
from shared.events.registry import AreaChanged

AreaStatus = Literal["open", "closed"]


class Area(Table, table=True):
    """An area as it is now. Its code may be shared: villages repeat in the official list, and codes get renumbered."""

    __table_args__ = (
        Index("ix_area_code_id", "code", "id"),
        Index("ix_area_level_code_id", "level", "code", "id"),
        Index("ix_area_parent_code_code_id", "parent_code", "code", "id"),
    )

    id: UUID = Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    code: str = Field(sa_type=Text)
    level: Level = Field(sa_type=Text)
    parent_code: str | None = Field(default=None, sa_type=Text)
    name_km: str = Field(sa_type=Text)
    name_en: str = Field(sa_type=Text)
    status: AreaStatus = Field(default="open", sa_type=Text)
    valid_from: date
    version: int = 1


def area_changed(area: Any) -> AreaChanged:
    """The event that tells an area's (or a row's) state."""
    return AreaChanged(
        id=area.id,
        code=area.code,
        level=area.level,
        parent_code=area.parent_code,
        name_km=area.name_km,
        name_en=area.name_en,
        status=area.status,
        version=area.version,
    )
