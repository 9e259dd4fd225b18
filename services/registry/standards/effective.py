"""What a unit offers: its kind's standards, with what the unit does otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.registry.standards.models import FIELDS, Standard, UnitStandard

LAST = 1_000_000
"""Where a unit's own services stand when nobody says where."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A service as one unit offers it."""

    code: str
    position: int
    values: dict[str, Any]
    """By models.FIELDS."""
    hidden: bool
    own: bool
    differs: tuple[str, ...]
    is_example: bool
    version: int | None
    """Of what the unit does otherwise."""


def offered_by(standards: Iterable[Standard], overrides: Iterable[UnitStandard]) -> list[Offered]:
    """The services of a unit in their order, those that it hides among them.

    What the unit says of a standard that was retired counts no more; a service of its own needs both names.
    """
    standards = list(standards)
    otherwise = {override.code: override for override in overrides}
    own = [otherwise[code] for code in otherwise.keys() - {standard.code for standard in standards}]
    offered = [_of_kind(standard, otherwise.get(standard.code)) for standard in standards if standard.active]
    offered += [_of_its_own(override) for override in own if {"name_km", "name_en"} <= override.changes.keys()]
    return sorted(offered, key=lambda one: (one.position, one.code))


def _of_kind(standard: Standard, override: UnitStandard | None) -> Offered:
    changes = override.changes if override else {}
    values = standard.values()
    return Offered(
        code=standard.code,
        position=override.position if override and override.position else standard.position,
        values=values | changes,
        hidden=override is not None and override.hidden,
        own=False,
        differs=tuple(name for name in FIELDS if name in changes and changes[name] != values[name]),
        is_example=standard.is_example,
        version=override.version if override else None,
    )


def _of_its_own(override: UnitStandard) -> Offered:
    return Offered(
        code=override.code,
        position=override.position or LAST,
        values=dict.fromkeys(FIELDS) | override.changes,
        hidden=override.hidden,
        own=True,
        differs=tuple(name for name in FIELDS if name in override.changes),
        is_example=False,
        version=override.version,
    )
