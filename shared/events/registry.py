"""What the registry tells: areas and service units, each time with their whole current state."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from shared.areas import Level
from shared.events import Event

UnitKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,39}$")]
"""The code of a kind of unit, such as health_centre; which kinds there are is data of the registry."""
SuccessionKind = Literal["split", "merge", "move", "renumber"]


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
    valid_from: date | None = None


class AreaSucceeded(Event, type="isaf.registry.area.succeeded.v1", key="id", state=True):
    """What was under an old code is under a new one from a day on; the crosswalk, one line at a time.

    A split tells one line for each new code, a merger one for each old one. `kept` is false where the line was undone.
    """

    id: UUID
    kind: SuccessionKind
    old_area_id: UUID
    old_code: str
    new_area_id: UUID
    new_code: str
    effective_on: date
    kept: bool = True
    version: int


class UnitChanged(Event, type="isaf.registry.unit.changed.v1", key="id", state=True):
    """A service unit is as follows from now on.

    `aliases` are codes that it bore, or that duplicates bore which were merged into it; `merged_into` is the code by
    which a merged duplicate is now known. `catchment` are the communes it serves beside its own.
    """

    id: UUID
    code: str
    kind: UnitKind
    area_code: str
    name_km: str
    name_en: str
    status: Literal["open", "closed"]
    version: int
    catchment: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    merged_into: str | None = None
