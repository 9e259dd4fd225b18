"""Which organisation a text means: people and files know organisations by their names, the registry by ids."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.cells import plain
from services.registry.organisations.queries import get_active
from shared.errors import Invalid

ORGANISATIONS = text("SELECT id, name_km, name_en, short_name, active FROM organisation ORDER BY id")


class Said(NamedTuple):
    """An organisation as it was said: its id where the registry knows it, and its name in the words that were sent."""

    id: UUID | None
    name: str | None


class Names:
    """Organisations by what they are called: all by id, those active also by each of their names (cells.plain)."""

    def __init__(self, organisations: Iterable[Any]) -> None:
        self._named: dict[str, list[UUID]] = defaultdict(list)
        self._shortest: dict[UUID, str] = {}
        inactive = set()
        for row in organisations:
            names = {plain(name) for name in (row.name_km, row.name_en, row.short_name) if name}
            for name in {str(row.id), *(names if row.active else ())}:
                self._named[name].append(row.id)
            if row.active:
                self._shortest[row.id] = row.short_name or row.name_en or row.name_km
            else:
                inactive.add(row.id)
        self.inactive = frozenset(inactive)
        """Organisations that stay where they are named, and are chosen no more."""

    def meant(self, name: str) -> Sequence[UUID]:
        """The organisations that a text may mean."""
        return self._named.get(plain(name), ())

    def said(self, name: str) -> Said:
        """The active organisation that a text means, by its name where the text is its id; else the text alone."""
        found = [one for one in self.meant(name) if one not in self.inactive]
        if len(found) != 1:
            return Said(None, name)
        return Said(found[0], self._shortest[found[0]] if plain(name) == str(found[0]) else name)

    def cell(self, organisation_id: UUID | None) -> str | None:
        """What an import knows an organisation by: its shortest name where no other has it, else its id."""
        if organisation_id is None:
            return None
        name = self._shortest.get(organisation_id)
        return name if name is not None and len(self.meant(name)) == 1 else str(organisation_id)


async def read_names(db: AsyncSession) -> Names:
    """All organisations by what they are called now."""
    return Names((await db.execute(ORGANISATIONS)).all())


async def organisation_said(db: AsyncSession, said: Said, before: Said, *, id_pointer: str, name_pointer: str) -> Said:
    """What is kept of an organisation that was said by id, by name or by both; by neither, there is none.

    A name that means exactly one is that organisation; another stays as a text. What is said as before stays as it is,
    also where the organisation is no longer to be chosen. Raises Invalid for one that is not, or has another name.
    """
    if before.id is not None and said.name == before.name and said.id in (None, before.id):
        return before
    if said.id is None:
        return said if said.name is None else (await read_names(db)).said(said.name)
    organisation = await get_active(db, said.id, pointer=id_pointer)
    names = [name for name in (organisation.short_name, organisation.name_en, organisation.name_km) if name]
    if said.name is not None and plain(said.name) not in map(plain, names):
        raise Invalid.field(
            name_pointer,
            "organisation_differs",
            en=f"The organisation of this id is called {names[0]}: send the id or the name.",
            km=f"អង្គការដែលមានលេខសម្គាល់នេះមានឈ្មោះ {names[0]}៖ សូមផ្ញើតែលេខសម្គាល់ ឬតែឈ្មោះ។",
        )
    return Said(said.id, said.name or names[0])
