"""What the registry tells: areas, service units and access, each time with their whole current state."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.areas import Level
from shared.events import Event, KeyUsed

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

    A split tells one line for each new code, a merger one for each old one; where an area goes on after either, a line
    leads from it to itself, so that the lines alone tell the whole. A moved or renumbered area, and each below it, tell
    one line each with the same area on both sides.
    """

    id: UUID
    kind: SuccessionKind
    old_area_id: UUID
    old_code: str
    new_area_id: UUID
    new_code: str
    effective_on: date
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


class PackPublished(Event, type="isaf.registry.pack.published.v1", key="pack_id"):
    """Information for citizens of a unit is public: its services, its facts of the year, citizens' rights."""

    pack_id: UUID
    unit_code: str
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    year: int
    version: int = Field(description="Counts up with each publication of the unit's year", examples=[1])
    facts: int = Field(description="How many approved facts it holds; 0 where it tells of services alone", examples=[9])


class PackWithdrawn(Event, type="isaf.registry.pack.withdrawn.v1", key="pack_id"):
    """A version of a unit's pack is public no longer."""

    pack_id: UUID
    unit_code: str
    unit_kind: UnitKind
    unit_name_km: str
    unit_name_en: str
    area_code: str
    year: int
    version: int
    reason: str


class KeyState(BaseModel):
    """An API key that holds until it expires: its hash gives nothing of its 256 random bits away."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    grants: tuple[str, ...]
    expires_at: datetime | None


class AccessChanged(Event, type="isaf.registry.access.changed.v1", key="id", state=True, internal=True):
    """Whose tokens and keys hold: an account was disabled or enabled, lost a grant, a sign-in, its password or a key.

    Access tokens of the account that were issued before `valid_from` hold no longer. `keys` are all its API keys that
    hold. Of people it says nothing else; `name` is a system's.
    """

    id: UUID
    version: int
    valid_from: datetime
    disabled: bool
    name: str | None
    keys: tuple[KeyState, ...] = ()


class RegistryKeyUsed(KeyUsed, type="isaf.registry.access_key.used.v1", key="key_id", internal=True):
    """An API key was used here, for the first time that day."""
