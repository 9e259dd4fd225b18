"""What a plan's rows come to: which units and villages are new or get another day, and what is wrong with a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import RowMapping

from services.scorecard.areas import Unit
from services.scorecard.plans.files import PlanLine
from services.scorecard.rounds.models import Round
from services.scorecard.rounds.windows import CAMBODIA
from services.scorecard.scorecards.refusals import must_be_plannable, unit_not_in_round, unit_unknown
from services.scorecard.scorecards.villages import village_not_in_commune
from shared.auth.user import User
from shared.digits import khmer_digits
from shared.imports import Problems

Days = dict[str, date | None]


@dataclass(frozen=True, slots=True)
class PlanState:
    """The round as far as the rows touch it."""

    round: Round
    units: Mapping[str, Unit]
    """Open units by the codes of the rows, which may be old ones."""
    cards: Mapping[str, RowMapping]
    """State and day of the scorecards that there are, by the units' codes of today."""
    villages: Mapping[tuple[str, str], date | None]
    """The planned villages that there are, with their days."""
    foreign: frozenset[tuple[str, str]]
    """Unit and village of rows whose village is elsewhere."""


@dataclass(slots=True)
class Plan:
    """What is written, by the units' codes of today."""

    new: Days = field(default_factory=dict)
    changed: Days = field(default_factory=dict)
    """Scorecards that get another day."""
    villages: dict[tuple[str, str], date | None] = field(default_factory=dict)
    """New villages, and those that get another day."""
    created: int = 0
    rows_changed: int = 0
    unchanged: int = 0

    def counts(self, rows: int) -> dict[str, int]:
        """The counts of the answer, in rows."""
        return {"rows": rows, "created": self.created, "changed": self.rows_changed, "unchanged": self.unchanged}

    @property
    def touched(self) -> set[str]:
        """The units whose plan changes."""
        return {*self.new, *self.changed, *(unit for unit, _ in self.villages)}


class Planner:
    """Goes through the rows once, in their order; needs no database."""

    def __init__(self, state: PlanState, user: User, problems: Problems) -> None:
        self.state, self.user, self.problems = state, user, problems
        self.plan = Plan()
        self._rows: dict[tuple[str, str | None], int] = {}
        self._first_days: Days = {}

    def make(self, lines: Sequence[tuple[int, PlanLine]]) -> Plan:
        """The plan of all rows; a unit without a day of its own gets that of its first village."""
        self.problems.judge(lines, self._row)
        for code, day in self._first_days.items():
            self._take_first_day(code, day)
        return self.plan

    def _row(self, row: int, line: PlanLine) -> None:
        unit = self._unit(line)
        first = self._rows.setdefault((unit.code, line.village_code), row)
        if first != row:
            named = " ".join(filter(None, (unit.code, line.village_code)))
            self.problems.refuse(
                row, "unit_code", "row_repeated", f"{named} is in row {first} already.",
                f"{named} មាននៅជួរដេកទី {khmer_digits(first)} រួចហើយ។",
            )  # fmt: skip
        if line.planned_on is not None and not is_of_round(line.planned_on, self.state.round):
            self.problems.warning(
                row, "planned_on", "day_outside_round", en=f"{line.planned_on} is outside the round's time of scoring.",
                km=f"ថ្ងៃ {khmer_digits(line.planned_on.isoformat())} នៅក្រៅរយៈពេលដាក់ពិន្ទុរបស់ជុំនេះ។",
            )  # fmt: skip
        if line.village_code is None:
            self._plan_unit(unit.code, line.planned_on)
        else:
            self._plan_village(unit.code, line.village_code, line.planned_on)

    def _unit(self, line: PlanLine) -> Unit:
        """The unit of a row. Raises why it cannot be planned."""
        unit = self.state.units.get(line.unit_code)
        if unit is None:
            raise unit_unknown()
        self.user.must_cover(unit.area_code)
        must_take_part(self.state.round, unit)
        card = self.state.cards.get(unit.code)
        if card is not None:
            must_be_plannable(card["state"])
        return unit

    def _plan_unit(self, code: str, day: date | None) -> None:
        card = self.state.cards.get(code)
        if card is None:
            self.plan.created += 1
            self.plan.new[code] = day
        elif day is None or day == card["planned_on"]:
            self.plan.unchanged += 1
        else:
            self.plan.rows_changed += 1
            self.plan.changed[code] = day

    def _plan_village(self, code: str, village: str, day: date | None) -> None:
        if (code, village) in self.state.foreign:
            raise village_not_in_commune()
        if code not in self.state.cards:
            self.plan.new.setdefault(code, None)
        if day is not None:
            self._first_days[code] = min(day, self._first_days.get(code) or day)
        if (code, village) not in self.state.villages:
            self.plan.created += 1
        elif day is None or day == self.state.villages[code, village]:
            self.plan.unchanged += 1
            return
        else:
            self.plan.rows_changed += 1
        self.plan.villages[code, village] = day

    def _take_first_day(self, code: str, day: date | None) -> None:
        card = self.state.cards.get(code)
        if code in self.plan.new and self.plan.new[code] is None:
            self.plan.new[code] = day
        elif card is not None and card["planned_on"] is None:
            self.plan.changed.setdefault(code, day)


def must_take_part(row: Round, unit: Unit) -> None:
    """Raise Invalid for a unit outside the round's areas, or of a kind that it does not score."""
    if not row.includes(unit.area_code) or row.set_for(unit.kind) is None:
        raise unit_not_in_round()


def is_of_round(day: date, row: Round) -> bool:
    """Whether the day lies in the time in which the round takes scores; without one, in its year or beside it."""

    def on(at: datetime | None, otherwise: date) -> date:
        return at.astimezone(CAMBODIA).date() if at is not None else otherwise

    first = on(row.scoring_opens_at, date(row.year - 1, 1, 1))
    return first <= day <= on(row.scoring_closes_at, date(row.year + 1, 12, 31))
