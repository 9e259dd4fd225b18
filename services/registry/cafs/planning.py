"""What a file of facilitators comes to: who is new, who changes, and what stands against it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.areas.codes import MARK
from services.registry.cafs.columns import CafLine
from services.registry.cafs.models import begins_another
from services.registry.cafs.past import Past, may_be
from services.registry.cafs.rules import Commune, commune_notices
from services.registry.cafs.state import State
from services.registry.cells import plain
from shared.auth.user import User
from shared.digits import khmer_digits
from shared.imports import Plan, Problems

PLAIN = (
    "name", "sex", "birth_year", "phone", "term_from", "term_until", "chosen_by", "village_official",
    "commune_assistant", "disability", "ethnic_minority", "last_seen_on",
)  # fmt: skip
"""What a row says as the table keeps it."""
WRITTEN = (*PLAIN, "village_id", "supporter_id")
NEEDED = ("sex", "term_from")
Key = tuple[str, str]
"""A commune and a name: who is meant where a row gives no id."""


class Planner:
    """Goes through the rows once, in their order; needs no database."""

    def __init__(self, state: State, user: User, problems: Problems, today: date) -> None:
        self.state, self.user, self.problems, self.today = state, user, problems, today
        self.plan = Plan()
        self.terms: list[dict[str, Any]] = []
        """Terms that are over because another begins."""
        self._by_id = {row["id"]: row for row in state.cafs}
        self._by_key: dict[Key, list[Mapping[str, Any]]] = defaultdict(list)
        for row in state.cafs:
            if row["left_on"] is None:
                self._by_key[row["area_code"], plain(row["name"])].append(row)
        self._past = Past(state, user, problems)
        self._rows: dict[tuple[object, ...], int] = {}

    def make(self, lines: Sequence[tuple[int, CafLine]]) -> Plan:
        """The plan for all rows; where none is wrong, with what to look at in their communes afterwards."""
        self.problems.judge(lines, self._row, column="area_code")
        if not self.problems.errors:
            self._look_at_communes(lines)
        return self.plan

    def _row(self, row: int, line: CafLine) -> None:
        commune = self.state.communes.get(line.area_code)
        if commune is None:
            self.problems.refuse(
                row, "area_code", "area_unknown", f"There is no open commune with the code {line.area_code}.",
                f"គ្មានឃុំ សង្កាត់ដែលមានលេខកូដ {line.area_code} ទេ។",
            )  # fmt: skip
        self.user.must_cover(line.area_code)
        known = self._by_id.get(line.id) if line.id else self._of_name(row, line)
        if self._past.has(row, line, known):
            self.plan.unchanged += 1
            return
        if line.id is not None:
            known = self._must_serve_here(row, line, known)
        who = ("id", known["id"]) if known else ("new", line.area_code, plain(line.name), line.sex, line.birth_year)
        first = self._rows.setdefault(who, row)
        if first != row:
            self.problems.refuse(
                row, "name", "row_repeated", f"The same facilitator is in row {first} already.",
                f"អ្នកសម្របសម្រួលដដែលមាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
        values = line.model_dump(include=set(PLAIN), exclude_none=True) | self._references(row, line, known)
        after = {name: known[name] if known else None for name in WRITTEN} | values
        self._check(row, after, new=known is None)
        self._warn(row, after)
        if known is None:
            offices = {name: bool(after[name]) for name in ("village_official", "commune_assistant")}
            self.plan.new.append(after | offices | {"area_id": commune, "area_code": line.area_code})
        elif all(after[name] == known[name] for name in WRITTEN):
            self.plan.unchanged += 1
        else:
            self.plan.changed.append(after | {"id": known["id"], "version": known["version"] + 1})
            if begins_another(known["term_until"], after["term_from"] or known["term_from"]):
                kept = {name: known[name] for name in ("area_id", "term_from", "term_until", "chosen_by")}
                ended = {"left_on": known["term_until"], "left_reason": "term_ended", "left_note": None}
                self.terms.append(kept | ended | {"caf_id": known["id"]})

    def _of_name(self, row: int, line: CafLine) -> Mapping[str, Any] | None:
        """Who serves the commune under the name, told apart by sex and birth year."""
        found = [one for one in self._by_key[line.area_code, plain(line.name)] if may_be(one, line)]
        if len(found) > 1:
            self.problems.refuse(
                row, "name", "caf_ambiguous", "Several facilitators of this commune have the name: give the id.",
                "មានអ្នកសម្របសម្រួលច្រើននាក់ក្នុងឃុំ សង្កាត់នេះមានឈ្មោះដូចគ្នា៖ សូមបញ្ជាក់លេខសម្គាល់។",
            )  # fmt: skip
        return found[0] if found else None

    def _must_serve_here(self, row: int, line: CafLine, known: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if known is None or not self.user.covers(known["area_code"]):
            self.problems.refuse(
                row, "id", "caf_unknown", "There is no facilitator of this id in your areas.",
                "គ្មានអ្នកសម្របសម្រួលដែលមានលេខសម្គាល់នេះក្នុងតំបន់របស់អ្នកទេ។",
            )  # fmt: skip
        if MARK in known["area_code"]:
            self.problems.refuse(
                row, "area_code", "commune_ended", "The commune that this facilitator served is no more: move the "
                "facilitator to another one singly, or record that they left.",
                "ឃុំ សង្កាត់ដែលអ្នកសម្របសម្រួលនេះបម្រើការលែងមានទៀតហើយ៖ សូមផ្លាស់ទីអ្នកសម្របសម្រួលនេះទៅឃុំ សង្កាត់ផ្សេងដោយឡែក "
                "ឬកត់ត្រាថាបានចាកចេញ។",
            )  # fmt: skip
        if known["area_code"] != line.area_code:
            self.problems.refuse(
                row, "area_code", "area_fixed", f"This facilitator serves {known['area_code']}; moving is done singly.",
                f"អ្នកសម្របសម្រួលនេះស្ថិតនៅ {known['area_code']} ការផ្លាស់ទីត្រូវធ្វើដោយឡែក។",
            )  # fmt: skip
        if known["left_on"] is not None:
            self.problems.refuse(
                row, "id", "caf_left", f"This facilitator left on {known['left_on']}.",
                f"អ្នកសម្របសម្រួលនេះបានចាកចេញនៅថ្ងៃ {known['left_on']}។",
            )  # fmt: skip
        return known

    def _references(self, row: int, line: CafLine, known: Mapping[str, Any] | None) -> dict[str, UUID]:
        """The village and the organisation that the row names, where it does."""
        found: dict[str, UUID] = {}
        if line.village_code is not None:
            village = self.state.villages.get((line.area_code, line.village_code))
            if village is None:
                self.problems.refuse(
                    row, "village_code", "village_unknown",
                    f"There is no village {line.village_code} in the commune {line.area_code}.",
                    f"គ្មានភូមិដែលមានលេខកូដ {line.village_code} ក្នុងឃុំ សង្កាត់ {line.area_code} ទេ។",
                )  # fmt: skip
            found["village_id"] = village
        if line.supporter is not None:
            named = self.state.organisations.meant(line.supporter)
            stays = known is not None and list(named) == [known["supporter_id"]]
            usable = named if stays else [one for one in named if one not in self.state.organisations.inactive]
            if len(usable) != 1:
                self.problems.refuse(
                    row, "supporter", "organisation_ambiguous" if usable else "organisation_unknown",
                    f"{len(usable)} active organisations have this name or id.",
                    f"មានអង្គការសកម្មចំនួន {khmer_digits(len(usable))} ដែលមានឈ្មោះ ឬលេខសម្គាល់នេះ។",
                )  # fmt: skip
            found["supporter_id"] = named[0]
        return found

    def _check(self, row: int, after: Mapping[str, Any], *, new: bool) -> None:
        for name in NEEDED if new else ():
            if after[name] is None:
                self.problems.refuse(
                    row, name, "missing", f"A new facilitator needs {name}.", "អ្នកសម្របសម្រួលថ្មីត្រូវតែបំពេញជួរឈរនេះ។"
                )  # fmt: skip
        if after["term_until"] is not None and after["term_until"] < after["term_from"]:
            self.problems.refuse(
                row, "term_until", "before_the_begin", f"The term begins on {after['term_from']}.",
                f"អាណត្តិចាប់ផ្ដើមនៅថ្ងៃ {after['term_from']}៖ មិនអាចបញ្ចប់មុនថ្ងៃនោះទេ។",
            )  # fmt: skip
        if after["last_seen_on"] is not None and after["last_seen_on"] > self.today:
            self.problems.refuse(
                row, "last_seen_on", "date_in_future", "The day must not lie in the future.",
                "កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ។",
            )  # fmt: skip

    def _warn(self, row: int, after: Mapping[str, Any]) -> None:
        for name in ("village_official", "commune_assistant"):
            if after[name]:
                self.problems.warning(
                    row, name, "impartiality", en="Such an office may hurt impartiality.",
                    km="តួនាទីនេះអាចប៉ះពាល់ដល់ភាពមិនលម្អៀង។",
                )  # fmt: skip
        if after["term_until"] is not None and after["term_until"] < self.today:
            self.problems.warning(row, "term_until", "term_over", en="The term is over.", km="អាណត្តិបានផុតកំណត់ហើយ។")

    def _look_at_communes(self, lines: Sequence[tuple[int, CafLine]]) -> None:
        """Warn, at the last row of a commune, of how many facilitators it would have and how many women."""
        changed = {one["id"]: one for one in self.plan.changed}
        sexes: dict[str, list[str]] = defaultdict(list)
        for known in self.state.cafs:
            if known["left_on"] is None:
                sexes[known["area_code"]].append(changed.get(known["id"], known)["sex"])
        for new in self.plan.new:
            sexes[new["area_code"]].append(new["sex"])
        for code, row in {line.area_code: row for row, line in lines}.items():
            served = sexes.get(code, [])
            for notice in commune_notices(Commune(code, len(served), served.count("female"))) if served else ():
                self.problems.warning(row, "area_code", notice.code, en=notice.en, km=notice.km)
