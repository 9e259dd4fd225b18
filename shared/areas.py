"""Area codes: two digits a level, from province (2) to village (8)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

Level = Literal["province", "district", "commune", "village"]
LEVELS: tuple[Level, ...] = ("province", "district", "commune", "village")

AreaCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}){1,4}$")]
"""A province, district, commune or village."""
AreaScope = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}){0,4}$")]
"""An area, or "" for the nation."""
VillageCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$"), Field(examples=["02010301"])]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}-[0-9]{2,8}(-[0-9]{1,3})?$")]
"""A service unit: its kind's letters, the area it sits in, and a number where there can be several."""


def level_of(code: str) -> Level:
    """The level of a code by its length."""
    return LEVELS[len(code) // 2 - 1]


def parent_of(code: str) -> str:
    """The code of the area above; "" above a province."""
    return code[:-2]


def covers(scope: str, code: str) -> bool:
    """Whether the area `scope` ("" for the nation) is `code` or lies above it."""
    return code.startswith(scope)


def prefix_range(scope: str) -> tuple[str, str]:
    """The bounds (low, high) of all codes under `scope`: low <= code < high in "C" collation, which uses the index."""
    return scope, scope + "~"
