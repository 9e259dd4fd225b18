"""The single changes that a list brings, and what is known beside it."""

from dataclasses import dataclass, field
from typing import Literal

from services.registry.gazetteer.likeness import Reason, Standing
from services.registry.gazetteer.matching import Pair, Said
from services.registry.gazetteer.rows import Row
from services.registry.gazetteer.succession import Sign
from shared.areas import Level

Action = Literal["gone", "added", "moved", "renumbered", "renamed"]
ACTIONS: tuple[Action, ...] = ("gone", "added", "moved", "renumbered", "renamed")


@dataclass(frozen=True, slots=True)
class Item:
    """One area's change. `old` is missing of an added area, `new` of one that is gone."""

    action: Action
    level: Level
    old: Standing | None
    new: Row | None
    reasons: tuple[Reason | Sign, ...] = ()
    score: int | None = None
    """How sure it is that the two are the same area, 1 to 100; none where there is but one."""
    renamed: bool = False
    follows: bool = False
    """The code changes with the parent's alone."""
    into: tuple[Row, ...] = ()
    """Where the territory of an area that is gone went."""
    origin: Standing | None = None
    """The area that an added one was split from and that goes on beside it."""

    @property
    def code(self) -> str:
        """The code by which the item is known: the old one, of an added area the new one."""
        return self.old.code if self.old else self.new.code if self.new else ""


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on an area's code in the registry and must not be orphaned."""

    units: tuple[str, ...] = ()
    grants: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """What an official says beside the list."""

    said: Said = field(default_factory=Said)
    successors: frozenset[Pair] = frozenset()
    """(Old code, new code): an area that ends, and one that its territory goes to."""
    accept_gone: bool = False
    """That many areas are gone is no mistake."""
