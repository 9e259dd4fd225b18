"""What a file of units comes to: which are new, which change, and what stands against it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from services.registry.areas.codes import last_code
from services.registry.areas.models import today_in_cambodia
from services.registry.unit_files.columns import UnitLine
from services.registry.unit_files.likeness import Likeness, Names, Place
from services.registry.unit_files.state import State
from services.registry.unit_kinds.models import HIGHEST_NUMBER, Kind
from services.registry.units.queries import wrong_level
from shared.auth.user import User
from shared.imports import Plan, Problems

KEPT = ("name_km", "name_en", "opened_on", "latitude", "longitude", "note", "catchment", "external_ids")
"""What a file can change of a unit; its kind and place change by steps of their own."""
NEEDED = ("kind", "area_code", "name_km", "name_en")


class Planner:
    """Goes through the rows once, in their order; needs no database."""

    def __init__(self, state: State, user: User, problems: Problems) -> None:
        self.state, self.user, self.problems = state, user, problems
        self.plan = Plan()
        self._kinds = {_plain(name): kind for kind in state.kinds.values() for name in _names(kind)}
        self._rows: dict[str, int] = {}
        self._external = dict(state.external)
        self._registered, self._in_file = Likeness(), Likeness()
        for unit in state.neighbours:
            place = (unit["kind"], unit["area_code"])
            self._registered.remember(place, unit["name_km"], unit["name_en"], unit["code"])
        self._single = {
            (unit["kind"], unit["area_code"]) for unit in state.neighbours if not state.kinds[unit["kind"]].numbered
        }
        self._codes = set(state.taken)
        self._highest: dict[tuple[str, str], int] = defaultdict(int)
        for code in self._codes:
            self._note_number(code)

    def make(self, lines: Sequence[tuple[int, UnitLine]]) -> Plan:
        """The plan for all rows. Codes that the file names are kept from being given to rows without one."""
        for _, line in lines:
            if line.code and line.code not in self.state.units:
                self._note_number(line.code)
        self.problems.judge(lines, self._row)
        return self.plan

    def _row(self, row: int, line: UnitLine) -> None:
        if line.code:
            first = self._rows.setdefault(line.code, row)
            if first != row:
                self.problems.refuse(
                    row, "code", "row_repeated", f"{line.code} is in row {first} already.",
                    f"{line.code} មាននៅជួរដេកទី {first} រួចហើយ។",
                )  # fmt: skip
            if present := self.state.aliases.get(line.code):
                self.problems.refuse(
                    row, "code", "unit_code_changed", f"{line.code} is an old code; the unit is {present} now.",
                    f"{line.code} ជាលេខកូដចាស់ អង្គភាពនេះមានលេខកូដ {present} ហើយ។",
                )  # fmt: skip
        if line.opened_on and line.opened_on > today_in_cambodia():
            self.problems.refuse(
                row, "opened_on", "date_in_future", "The day must not lie in the future.",
                "កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ។",
            )  # fmt: skip
        known = self.state.units.get(line.code or "")
        if known is None:
            self._new(row, line)
        else:
            self._change(row, line, dict(known))

    def _change(self, row: int, line: UnitLine, known: dict[str, Any]) -> None:
        self.user.must_cover(known["area_code"])
        kind = self.state.kinds[known["kind"]]
        if known["status"] != "open":
            self.problems.refuse(
                row, "code", "unit_closed", f"{line.code} is closed.", f"អង្គភាព {line.code} ត្រូវបានបិទហើយ។"
            )
        if line.kind and self._kind(row, line.kind) is not kind:
            self.problems.refuse(
                row, "kind", "kind_fixed", f"{line.code} is a {kind.code}; its kind changes by a step of its own.",
                f"{line.code} ជាប្រភេទ «{kind.name_km}» ការប្ដូរប្រភេទត្រូវធ្វើដោយឡែក។",
            )  # fmt: skip
        stands_in = last_code(known["area_code"])
        if line.area_code and line.area_code != stands_in:
            self.problems.refuse(
                row, "area_code", "area_fixed", f"{line.code} is in {stands_in}; moving is a step of its own.",
                f"{line.code} ស្ថិតនៅ {stands_in} ការផ្លាស់ទីត្រូវធ្វើដោយឡែក។",
            )  # fmt: skip
        given = line.model_dump(include=set(KEPT), exclude_none=True)
        if "catchment" in given:
            given["catchment"] = self._served(row, kind, known["area_code"], given["catchment"])
        changes = {name: value for name, value in given.items() if value != known[name]}
        if not changes:
            self.plan.unchanged += 1
            return
        self._claim(row, known["code"], changes.get("external_ids", {}))
        after = {name: known[name] for name in ("id", "code", *KEPT)} | changes
        self.plan.changed.append(after | {"changes": changes})

    def _new(self, row: int, line: UnitLine) -> None:
        for name in NEEDED:
            if getattr(line, name) is None:
                self.problems.refuse(
                    row, name, "missing", f"A new unit needs its {name}.", "អង្គភាពថ្មីត្រូវតែបំពេញជួរឈរនេះ។"
                )  # fmt: skip
        values = line.model_dump(include={"area_code", *KEPT})
        kind, area = self._kind(row, str(line.kind)), str(line.area_code)
        self.user.must_cover(area)
        kind.must_be_active()
        self._place(row, kind, area)
        values["catchment"] = self._served(row, kind, area, line.catchment or [])
        code = self._code(row, kind, area, line.code)
        self._claim(row, code, line.external_ids or {})
        self._warn_of_likeness(row, (kind.code, area), values["name_km"], values["name_en"])
        self.plan.new.append(values | {"code": code, "kind": kind.code, "external_ids": line.external_ids or {}})

    def _kind(self, row: int, name: str) -> Kind:
        kind = self.state.kinds.get(name) or self._kinds.get(_plain(name))
        if kind is None:
            self.problems.refuse(
                row, "kind", "unit_kind_unknown", f"There is no kind {name[:60]}: {', '.join(self.state.kinds)}.",
                f"គ្មានប្រភេទ {name[:60]} ទេ៖ {', '.join(self.state.kinds)}។",
            )  # fmt: skip
        return kind

    def _place(self, row: int, kind: Kind, area: str) -> None:
        self._must_be_area(row, kind, area, "area_code")
        if not kind.numbered and (kind.code, area) in self._single:
            self.problems.refuse(
                row, "area_code", "unit_exists", f"{area} has its {kind.name_en} already; there is one at a time.",
                f"តំបន់ {area} មាន{kind.name_km}រួចហើយ អាចមានតែមួយប៉ុណ្ណោះ។",
            )  # fmt: skip
        self._single.add((kind.code, area))

    def _must_be_area(self, row: int, kind: Kind, area: str, column: str) -> None:
        if area not in self.state.levels:
            self.problems.refuse(
                row, column, "area_unknown", f"There is no open area with the code {area} in the gazetteer.",
                f"គ្មានតំបន់ដែលមានលេខកូដ {area} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
            )  # fmt: skip
        if self.state.levels[area] != kind.level:
            refusal = wrong_level(kind, area, column)
            self.problems.refuse(row, column, refusal.code, refusal.en, refusal.km)

    def _served(self, row: int, kind: Kind, area: str, catchment: Sequence[str]) -> list[str]:
        if catchment and not kind.has_catchment:
            self.problems.refuse(
                row, "catchment", "catchment_not_allowed", f"A unit of the kind {kind.code} serves its own area alone.",
                f"អង្គភាពប្រភេទ «{kind.name_km}» បម្រើតែតំបន់របស់ខ្លួនប៉ុណ្ណោះ។",
            )  # fmt: skip
        for code in catchment:
            self._must_be_area(row, kind, code, "catchment")
        if area in catchment or len(set(catchment)) < len(catchment):
            self.problems.refuse(
                row, "catchment", "catchment_repeated", "Name only the other areas that it serves, once each.",
                "សូមរាយតែតំបន់ផ្សេងទៀតដែលអង្គភាពបម្រើ ម្ដងប៉ុណ្ណោះ។",
            )  # fmt: skip
        return sorted(catchment)

    def _code(self, row: int, kind: Kind, area: str, wanted: str | None) -> str:
        if wanted is None:
            number = self._highest[kind.prefix, area] + 1
            wanted = kind.unit_code(area, number)
        elif wanted in self._codes:
            self.problems.refuse(
                row, "code", "unit_exists", f"There is a unit {wanted} already.", f"មានអង្គភាពផ្តល់សេវា {wanted} រួចហើយ។"
            )  # fmt: skip
        try:
            kind.number_of(area, wanted)
        except ValueError:
            form = kind.unit_code(area, 1)
            self.problems.refuse(
                row, "code", "unit_code_unfit",
                f"The code of such a unit in {area} looks like {form}, with a number of at most {HIGHEST_NUMBER}.",
                f"លេខកូដនៃអង្គភាពប្រភេទនេះក្នុង {area} មានទម្រង់ {form} លេខធំបំផុត {HIGHEST_NUMBER}។",
            )  # fmt: skip
        self._codes.add(wanted)
        self._note_number(wanted)
        return wanted

    def _note_number(self, code: str) -> None:
        prefix, area, *number = code.split("-")
        self._highest[prefix, area] = max(self._highest[prefix, area], int(number[0]) if number else 1)

    def _claim(self, row: int, code: str, external_ids: dict[str, str]) -> None:
        for pair in external_ids.items():
            holder = self._external.setdefault(pair, code)
            if holder != code:
                self.problems.refuse(
                    row, "external_ids", "external_id_taken", f"{holder} has the {pair[0]} id {pair[1]}.",
                    f"{holder} មានលេខសម្គាល់ {pair[0]} {pair[1]} រួចហើយ។",
                )  # fmt: skip

    def _warn_of_likeness(self, row: int, place: Place, name_km: str, name_en: str) -> None:
        names = Names(name_km, name_en)
        if code := self._registered.find(place, names):
            self.problems.warning(
                row, "name_km", "unit_similar", en=f"{code} of this kind and area has a very similar name.",
                km=f"{code} ដែលមានប្រភេទ និងតំបន់ដូចគ្នា មានឈ្មោះស្រដៀងគ្នាខ្លាំង។",
            )  # fmt: skip
        elif other := self._in_file.find(place, names):
            self.problems.warning(
                row, "name_km", "row_similar", en=f"Row {other} is of this kind and area and has a very similar name.",
                km=f"ជួរដេកទី {other} មានប្រភេទ និងតំបន់ដូចគ្នា ហើយមានឈ្មោះស្រដៀងគ្នាខ្លាំង។",
            )  # fmt: skip
        self._in_file.remember(place, name_km, name_en, str(row))


def _names(kind: Kind) -> tuple[str, ...]:
    return kind.code, kind.prefix, kind.name_km, kind.name_en


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum() or "\u1780" <= letter <= "\u17d3")
