"""What the registry tells: areas and service units, each time with their whole current state."""

from typing import Literal
from uuid import UUID

from shared.areas import Level
from shared.events import Event

UnitKind = Literal["commune_administration", "health_centre", "primary_school"]


class AreaChanged(Event, type="isaf.registry.area.changed.v1", key="id", state=True):
    """An area is as follows from now on; keyed by id, as codes get renumbered."""

    id: UUID
    code: str
    level: Level
    parent_code: str | None
    name_km: str
    name_en: str
    status: Literal["open", "closed"]
    version: int


class UnitChanged(Event, type="isaf.registry.unit.changed.v1", key="id", state=True):
    """A service unit is as follows from now on."""

    id: UUID
    code: str
    kind: UnitKind
    area_code: str
    name_km: str
    name_en: str
    status: Literal["open", "closed"]
    version: int
