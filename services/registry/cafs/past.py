"""Rows of what is over, as in a file sent again: who left, was moved, or began another term. They change nothing."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from services.registry.areas.codes import last_code
from services.registry.cafs.columns import CafLine
from services.registry.cafs.state import State
from services.registry.cells import plain
from shared.auth.user import User
from shared.imports import Problems

Known = Mapping[str, Any]


class Past:
    """Tells the sender of each such row what became of the facilitator."""

    def __init__(self, state: State, user: User, problems: Problems) -> None:
        self.state, self.user, self.problems = state, user, problems
        self._left: dict[tuple[str, str], list[Known]] = defaultdict(list)
        for row in state.cafs:
            if row["left_on"] is not None:
                self._left[row["area_code"], plain(row["name"])].append(row)
        self._elsewhere: dict[object, list[Known]] = defaultdict(list)
        for row in state.elsewhere:
            self._elsewhere[plain(row["name"])].append(row)
            self._elsewhere[row["id"]].append(row)

    def has(self, row: int, line: CafLine, known: Known | None) -> bool:
        """Whether a row is of what is over; `known` is whom it means by its id, or of those who serve the commune."""
        if line.id is not None and (known is None or known["area_code"] != line.area_code):
            return self._is_elsewhere(row, line)
        if known is None:
            return self._is_elsewhere(row, line) or self._had_left(row, line)
        if known["left_on"] is not None:
            return self._is_before(row, line, known)
        return self._is_of_earlier_term(row, line, known)

    def _is_elsewhere(self, row: int, line: CafLine) -> bool:
        """Whether the row is of somebody who was moved from this commune, or serves another under this telephone.

        Where the caller does not reach the other commune, it is not named.
        """
        for one in self._elsewhere.get(line.id or plain(line.name), ()):
            was_here = one["served_here"] == line.area_code and (
                line.term_from is None or line.term_from <= one["served_until"]
            )
            reached = self.user.covers(one["area_code"])
            by_phone = line.id is None and line.phone is not None and one["left_on"] is None and reached
            meant = was_here or (by_phone and one["phone"] == line.phone)
            if meant and (line.id is not None or may_be(one, line)):
                place = last_code(one["area_code"]) if reached else None
                self.problems.warning(
                    row, "area_code", "caf_elsewhere",
                    en=f"This facilitator is on record in {place or 'another commune'}: the row changes nothing. "
                    "To move the record, change it singly.",
                    km=f"អ្នកសម្របសម្រួលនេះមានកំណត់ត្រានៅឃុំ សង្កាត់{f' {place}' if place else 'ផ្សេង'}៖ "
                    "ជួរដេកនេះមិនផ្លាស់ប្ដូរអ្វីទេ។ ការផ្លាស់ទីត្រូវធ្វើដោយឡែក។",
                )  # fmt: skip
                return True
        return False

    def _had_left(self, row: int, line: CafLine) -> bool:
        """Whether the row is of a term that is over; a later term is a record of its own, and the namesake is told."""
        left = [one for one in self._left[line.area_code, plain(line.name)] if may_be(one, line)]
        if any(self._is_before(row, line, one) for one in left):
            return True
        if left:
            self.problems.warning(
                row, "name", "name_of_one_who_left",
                en="Somebody of this name has left: if it is the same person, let that record come back (:return).",
                km="មានអ្នកសម្របសម្រួលឈ្មោះនេះបានចាកចេញ៖ បើជាមនុស្សតែមួយ សូមប្រើ :return លើកំណត់ត្រានោះ។",
            )  # fmt: skip
        return False

    def _is_before(self, row: int, line: CafLine, left: Known) -> bool:
        if line.term_from is None or line.term_from > left["left_on"]:
            return False
        self.problems.warning(
            row, "name", "caf_left", en=f"This facilitator left on {left['left_on']}: the row changes nothing.",
            km=f"អ្នកសម្របសម្រួលនេះបានចាកចេញនៅថ្ងៃ {left['left_on']}៖ ជួរដេកនេះមិនផ្លាស់ប្ដូរអ្វីទេ។",
        )  # fmt: skip
        return True

    def _is_of_earlier_term(self, row: int, line: CafLine, known: Known) -> bool:
        served_until = self.state.served_until.get(known["id"])
        if served_until is None or line.term_from in (None, known["term_from"]) or line.term_from > served_until:
            return False
        self.problems.warning(
            row, "term_from", "earlier_term",
            en=f"This is of a term before the one that began on {known['term_from']}: the row changes nothing.",
            km=f"ជួរដេកនេះជារបស់អាណត្តិមុនអាណត្តិដែលចាប់ផ្ដើមនៅថ្ងៃ {known['term_from']}៖ វាមិនផ្លាស់ប្ដូរអ្វីទេ។",
        )  # fmt: skip
        return True


def may_be(known: Known, line: CafLine) -> bool:
    """Whether somebody may be whom the row means: sex and birth year are the same, or one does not say."""
    same_sex = line.sex is None or known["sex"] == line.sex
    return same_sex and (None in (known["birth_year"], line.birth_year) or known["birth_year"] == line.birth_year)
