"""The table of organisations: the same columns in and out, and what a file of them comes to."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from services.registry.areas.codes import last_code
from services.registry.cells import plain
from services.registry.organisations.models import OrganisationKind, must_fit_level
from services.registry.organisations.schemas import Contact, Place
from shared.auth.user import User
from shared.errors import Problem
from shared.imports import AreaDigits, Plan, Problems, YesNo
from shared.schemas import ShortText
from shared.spreadsheets import Column

COLUMNS = (
    Column("id", "Id", "លេខសម្គាល់"),
    Column("kind", "Kind", "ប្រភេទ"),
    Column("area_code", "Area code", "លេខកូដតំបន់", also=("commune code", "លេខកូដឃុំ សង្កាត់")),
    Column("name_km", "Name in Khmer", "ឈ្មោះជាភាសាខ្មែរ", required=True, also=("name", "ឈ្មោះ")),
    Column("name_en", "Name in English", "ឈ្មោះជាភាសាអង់គ្លេស"),
    Column("short_name", "Short name", "ឈ្មោះកាត់"),
    Column("contact", "Contact", "ទំនាក់ទំនង"),
    Column("active", "Active", "សកម្ម"),
)
SAID = ("kind", "area_code", "name_km", "name_en", "short_name", "contact", "active")
Key = tuple[str, str, str]
"""Kind, area and name: which organisation is meant where a row gives no id."""


def _small(value: object) -> object:
    return value.casefold().replace(" ", "_") if isinstance(value, str) else value


class OrganisationLine(BaseModel):
    """A row of the table; what is left empty stays as it is, and a new one is a CBO where no kind is said."""

    model_config = ConfigDict(extra="ignore")

    id: UUID | None = None
    kind: Annotated[OrganisationKind | None, BeforeValidator(_small)] = None
    area_code: Annotated[Place | None, AreaDigits] = None
    name_km: ShortText
    name_en: ShortText | None = None
    short_name: ShortText | None = None
    contact: Contact | None = None
    active: YesNo | None = None


class Planner:
    """Goes through the rows once, in their order; needs no database."""

    def __init__(
        self, areas: Mapping[str, UUID], known: Sequence[Mapping[str, Any]], user: User, problems: Problems
    ) -> None:
        self.areas, self.user, self.problems = areas, user, problems
        self.plan = Plan()
        self._by_id = {row["id"]: row for row in known}
        self._by_key = {key_of(row): row for row in known}  # the active come last, and so before others of the name
        self._rows: dict[object, int] = {}

    def make(self, lines: Sequence[tuple[int, OrganisationLine]]) -> Plan:
        """The plan for all rows."""
        for row, line in lines:
            try:
                self._row(row, line)
            except Problem as refusal:
                column = refusal.errors[0].pointer.strip("/") if refusal.errors else None
                self.problems.error(row, column, refusal.code, en=refusal.en, km=refusal.km)
        return self.plan

    def _row(self, row: int, line: OrganisationLine) -> None:
        said = line.model_dump(include=set(SAID), exclude_none=True)
        known = self._known(row, line, said)
        if known is None and line.id is not None:
            return
        if known and said.get("area_code") == last_code(known["area_code"]):
            said["area_code"] = known["area_code"]  # also where that area is no more, and another bears the code
        after: dict[str, Any] = {name: said.get(name, known[name] if known else NEW.get(name)) for name in SAID}
        first = self._rows.setdefault(known["id"] if known else key_of(after), row)
        if first != row:
            self.problems.error(
                row, "name_km", "row_repeated", en=f"This organisation is in row {first} already.",
                km=f"អង្គការនេះមាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
            return
        self.user.must_cover(after["area_code"])
        if known is not None:
            self.user.must_cover(known["area_code"])
        must_fit_level(after["kind"], last_code(after["area_code"]), pointer="/area_code")
        moved = known is None or after["area_code"] != known["area_code"]
        if moved and after["area_code"] and after["area_code"] not in self.areas:
            self.problems.error(
                row, "area_code", "area_unknown", en=f"There is no open area with the code {after['area_code']}.",
                km=f"គ្មានតំបន់ដែលមានលេខកូដ {after['area_code']} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
            )  # fmt: skip
            return
        self._write(row, known, after)

    def _known(self, row: int, line: OrganisationLine, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if line.id is None:
            return self._by_key.get(key_of({**NEW, **said}))
        known = self._by_id.get(line.id)
        if known is None:
            self.problems.error(
                row, "id", "organisation_unknown", en="There is no organisation with this id.",
                km="គ្មានអង្គការដែលមានលេខសម្គាល់នេះទេ។",
            )  # fmt: skip
        return known

    def _write(self, row: int, known: Mapping[str, Any] | None, after: dict[str, Any]) -> None:
        if known is not None and all(after[name] == known[name] for name in SAID):
            self.plan.unchanged += 1
            return
        other = self._by_key.get(key_of(after))
        if after["active"] and other and other["active"] and (known is None or other["id"] != known["id"]):
            self.problems.error(
                row, "name_km", "organisation_exists", en=f"{other['id']} of this kind and place has the name.",
                km=f"{other['id']} ដែលមានប្រភេទ និងទីកន្លែងដូចគ្នា មានឈ្មោះនេះរួចហើយ។",
            )  # fmt: skip
            return
        stays = known is not None and after["area_code"] == known["area_code"]
        place = {"area_id": known["area_id"] if known and stays else self.areas.get(after["area_code"])}
        if known is None:
            self.plan.new.append(after | place)
        else:
            self.plan.changed.append(after | place | {"id": known["id"], "version": known["version"] + 1})


NEW: dict[str, Any] = {"kind": "cbo", "area_code": "", "active": True}
"""What a new organisation is where the row does not say."""


def key_of(values: Mapping[str, Any]) -> Key:
    """By which an organisation is known where no id is given."""
    return values["kind"], values["area_code"], plain(values["name_km"])
