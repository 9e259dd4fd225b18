"""What can be done to areas: the operations, each an order with a date and a legal reference.

Codes in an operation are those that hold after the whole change: a list of moves may swap two codes, and an area may be
opened below one that is opened or renumbered beside it. The order of operations does not matter.
`applying.apply_operations` carries them out, `applying.examine_operations` says what stands against them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.areas import Level

ChangeKind = Literal["open", "rename", "move", "renumber", "split", "merge", "close", "import"]
"""`import` is the official list's: it alone may bring codes that do not extend their parent's, and repeated ones."""


@dataclass(frozen=True, slots=True)
class Child:
    """An area that goes below another one; without a new code it keeps its own where that fits, or gets the next."""

    area_id: UUID
    new_code: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A new area, with the areas and units (by code) that move into it. Its id is given when the change is recorded."""

    code: str
    level: Level
    parent_code: str | None
    name_km: str
    name_en: str
    children: tuple[Child, ...] = ()
    units: tuple[str, ...] = ()
    area_id: UUID | None = None
    op: Literal["open"] = "open"


@dataclass(frozen=True, slots=True)
class Rename:
    """New names for an area."""

    area_id: UUID
    name_km: str
    name_en: str
    op: Literal["rename"] = "rename"


@dataclass(frozen=True, slots=True)
class Move:
    """Another code or parent; all below follows, save what has a move of its own. Same parent: a renumbering."""

    area_id: UUID
    new_code: str
    new_parent_code: str | None
    op: Literal["move"] = "move"


@dataclass(frozen=True, slots=True)
class Close:
    """The end of an area, whose territory goes to `into`, where that is known."""

    area_id: UUID
    into: tuple[UUID, ...] = ()
    op: Literal["close"] = "close"


@dataclass(frozen=True, slots=True)
class Split:
    """One area becomes several; it ends, unless it `remains` with what is not given to the new ones."""

    area_id: UUID
    into: tuple[Open, ...]
    remains: bool = False
    op: Literal["split"] = "split"


@dataclass(frozen=True, slots=True)
class Merge:
    """Several areas become one: a new one, or one of them; `children` gives codes to those whose code must change."""

    area_ids: tuple[UUID, ...]
    into: Open | UUID
    children: tuple[Child, ...] = ()
    op: Literal["merge"] = "merge"


Operation = Open | Rename | Move | Close | Split | Merge


@dataclass(frozen=True, slots=True)
class ChangeHeader:
    """What is true of all operations of one change; `by` is empty for the command line on the server."""

    kind: ChangeKind
    effective_on: date
    legal_reference: str
    note: str | None
    by: UUID | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an operation (by its position in the list) cannot be carried out; `pointer` leads into the operation."""

    position: int
    pointer: str
    code: str
    en: str
    km: str
    conflict: bool = False
    """Right in itself, but it clashes with what is there."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a change. `opened` are the new areas' ids in the order of their operations."""

    change_id: UUID
    opened: tuple[UUID, ...]
    closed: int
    renamed: int
    recoded: int
    """Areas that bear another code now, those below a moved one among them."""
    units: int
