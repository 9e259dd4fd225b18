"""What a file of trainings comes to: which are new, which change, and what stands against it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.areas.codes import last_code
from services.registry.cells import plain
from services.registry.organisations.naming import Names
from services.registry.participation.models import is_partner_here
from services.registry.trainings.files import TrainingLine
from services.registry.trainings.models import GROUPS, organiser_not_yours
from shared.auth.user import User
from shared.digits import khmer_digits
from shared.imports import Plan, Problems

WRITTEN = ("topic", "title", "organiser_id", "area_id", "area_code", "held_from", "held_until", "participants")
NOBODY = [0] * len(GROUPS)
CAFS = [place for place, (kind, _) in enumerate(GROUPS) if kind == "caf"]


@dataclass(frozen=True, slots=True)
class State:
    """The registry as far as a file of trainings touches it."""

    areas: Mapping[str, UUID]
    """Open areas by code."""
    topics: Mapping[str, str]
    """Topics to choose: their codes by code and by each name as `plain` makes them."""
    organisations: Names
    trainings: Sequence[Mapping[str, Any]]
    """Those that the file names by id, and those of its days and areas, with how many facilitators each names."""
    acted_for: Collection[UUID]
    """The organisation that the caller acts for."""


class Planner:
    """Goes through the rows once, in their order; needs no database."""

    def __init__(self, state: State, user: User, problems: Problems, today: date) -> None:
        self.state, self.user, self.problems, self.today = state, user, problems, today
        self.plan = Plan()
        self._by_id = {row["id"]: row for row in state.trainings}
        self._by_key: dict[object, list[Mapping[str, Any]]] = defaultdict(list)
        for row in state.trainings:
            self._by_key[_key(row)].append(row)
        self._rows: dict[object, int] = {}

    def make(self, lines: Sequence[tuple[int, TrainingLine]]) -> Plan:
        """The plan for all rows."""
        self.problems.judge(lines, self._row)
        return self.plan

    def _row(self, row: int, line: TrainingLine) -> None:
        said = self._said(row, line)
        known = self._known(row, line, said)
        first = self._rows.setdefault(known["id"] if known else _key(said), row)
        if first != row:
            self.problems.refuse(
                row, "topic", "row_repeated", f"The same training is in row {first} already.",
                f"វគ្គបណ្ដុះបណ្ដាលដដែលមាននៅជួរដេកទី {first} រួចហើយ។",
            )  # fmt: skip
        if known is not None and known["withdrawn_on"] is not None:
            self.problems.warning(
                row, None, "training_withdrawn",
                en=f"This training was withdrawn on {known['withdrawn_on']}: the row changes nothing.",
                km=f"វគ្គនេះត្រូវបានដកចេញនៅថ្ងៃ {known['withdrawn_on']}៖ ជួរដេកនេះមិនផ្លាស់ប្ដូរអ្វីទេ។",
            )  # fmt: skip
            self.plan.unchanged += 1
            return
        before = {name: known[name] if known else None for name in WRITTEN}
        after = before | said | {"participants": line.participants(known["participants"] if known else NOBODY)}
        if known is not None and after == before:
            self.plan.unchanged += 1
            return
        self._must_be_allowed(known, after)
        self._check(row, known, after)
        if known is None:
            self.plan.new.append(after)
        else:
            self.plan.changed.append(after | {"id": known["id"], "version": known["version"] + 1})

    def _said(self, row: int, line: TrainingLine) -> dict[str, Any]:
        """What the row says, with codes and ids in place of names."""
        known = self._by_id.get(line.id) if line.id else None
        said: dict[str, Any] = line.model_dump(include={"title", "held_from", "held_until"}, exclude_none=True)
        if line.topic is not None:
            said["topic"] = self._topic(row, line.topic, known)
        if line.organiser is not None:
            said["organiser_id"] = self._organiser(row, line.organiser, known)
        same_place = known is not None and line.area_code in (None, last_code(known["area_code"]))
        if not same_place:
            code = line.area_code or ""
            if code and code not in self.state.areas:
                self.problems.refuse(
                    row, "area_code", "area_unknown", f"There is no open area with the code {code}.",
                    f"គ្មានតំបន់ដែលមានលេខកូដ {code} ក្នុងបញ្ជីរដ្ឋបាលទេ។",
                )  # fmt: skip
            said |= {"area_code": code, "area_id": self.state.areas.get(code)}
        if known is None and line.held_until is None and line.held_from is not None:
            said["held_until"] = line.held_from
        for name in ("topic", "organiser_id", "held_from") if line.id is None else ():
            if name not in said:
                column = name.removesuffix("_id")
                self.problems.refuse(
                    row, column, "missing", f"A training without an id needs its {column}.",
                    "វគ្គដែលគ្មានលេខសម្គាល់ត្រូវតែបំពេញជួរឈរនេះ។",
                )  # fmt: skip
        return said

    def _topic(self, row: int, name: str, known: Mapping[str, Any] | None) -> str:
        code = self.state.topics.get(plain(name))
        if code is None and known is not None and known["topic"] == name:
            return name
        if code is None:
            self.problems.refuse(
                row, "topic", "topic_unknown", f"There is no topic {name} to choose; see /training-topics.",
                f"គ្មានប្រធានបទ {name} ឱ្យជ្រើសរើសទេ។ សូមមើល /training-topics។",
            )  # fmt: skip
        return code

    def _organiser(self, row: int, name: str, known: Mapping[str, Any] | None) -> UUID:
        named = self.state.organisations.meant(name)
        if known is not None and known["organiser_id"] in named:
            stays: UUID = known["organiser_id"]
            return stays
        usable = [one for one in named if one not in self.state.organisations.inactive]
        if len(usable) != 1:
            self.problems.refuse(
                row, "organiser", "organisation_ambiguous" if usable else "organisation_unknown",
                f"{len(usable)} active organisations have this name or id.",
                f"មានអង្គការសកម្មចំនួន {khmer_digits(len(usable))} ដែលមានឈ្មោះ ឬលេខសម្គាល់នេះ។",
            )  # fmt: skip
        return usable[0]

    def _known(self, row: int, line: TrainingLine, said: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Which training the row means: by id, else by topic, organiser, area, first day and title."""
        if line.id is not None:
            known = self._by_id.get(line.id)
            if known is None:
                self.problems.refuse(
                    row, "id", "training_unknown", "There is no training of this id.",
                    "គ្មានវគ្គបណ្ដុះបណ្ដាលដែលមានលេខសម្គាល់នេះទេ។",
                )  # fmt: skip
            return known
        found = self._by_key.get(_key(said), [])
        standing = [one for one in found if one["withdrawn_on"] is None]
        if len(standing) > 1:
            self.problems.refuse(
                row, "topic", "training_ambiguous", "Several trainings are like this: give the id.",
                "មានវគ្គបណ្ដុះបណ្ដាលច្រើនដូចគ្នា៖ សូមបញ្ជាក់លេខសម្គាល់។",
            )  # fmt: skip
        return next(iter(standing or found), None)

    def _must_be_allowed(self, known: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """Raise Forbidden unless the caller covers the places, and a partner acts for the organisers."""
        for one in (known, after) if known is not None else (after,):
            self.user.must_cover(one["area_code"])
            if is_partner_here(self.user, one["area_code"]) and one["organiser_id"] not in self.state.acted_for:
                raise organiser_not_yours()

    def _check(self, row: int, known: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        if after["held_until"] < after["held_from"]:
            self.problems.refuse(
                row, "held_until", "before_the_begin", f"It began on {after['held_from']}: it cannot end before.",
                f"វគ្គបានចាប់ផ្ដើមនៅថ្ងៃ {after['held_from']}៖ មិនអាចបញ្ចប់មុនថ្ងៃនោះទេ។",
            )  # fmt: skip
        if after["held_until"] > self.today:
            self.problems.refuse(
                row, "held_until", "date_in_future", "The day must not lie in the future.",
                "កាលបរិច្ឆេទមិនអាចជាថ្ងៃអនាគតទេ។",
            )  # fmt: skip
        if not any(after["participants"]):
            self.problems.refuse(
                row, None, "missing", "Somebody took part: give at least one number.",
                "ត្រូវតែមានអ្នកចូលរួម៖ សូមបំពេញចំនួនយ៉ាងតិចមួយ។",
            )  # fmt: skip
        cafs = sum(after["participants"][place] for place in CAFS)
        if known is not None and known["cafs_named"] > cafs:
            self.problems.refuse(
                row, "caf_female", "more_cafs_than_took_part",
                f"{known['cafs_named']} facilitators are named, but only {cafs} are counted among the participants.",
                f"មានអ្នកសម្របសម្រួល {khmer_digits(known['cafs_named'])} នាក់ក្នុងបញ្ជី "
                f"ប៉ុន្តែចំនួនអ្នកចូលរួមមានតែ {khmer_digits(cafs)} នាក់។",
            )  # fmt: skip


def _key(row: Mapping[str, Any]) -> object:
    """By what a training is known where a row gives no id."""
    return row["topic"], row["organiser_id"], row["area_code"], row["held_from"], plain(row.get("title") or "")
