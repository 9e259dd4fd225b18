"""What is reported of facilitators and forbids nothing: how many a commune has, who they are, whether they are at work.

Three to five a commune is the strategy's; that half of them be women, and that a year without a sign of work is worth a
look, are our own measures: the strategy states 65% women and no rule.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.registry.cafs.models import Caf
from shared.digits import khmer_digits

FEWEST, MOST = 3, 5
"""Facilitators of a commune."""
SHOULD_KM = f"គួរមានពី {khmer_digits(FEWEST)} ដល់ {khmer_digits(MOST)} នាក់"
INACTIVE_AFTER = timedelta(days=365)
Finding = Literal["impartiality", "term_over", "untrained", "inactive"]
Warned = Literal[
    "too_few",
    "too_many",
    "women_few",
    "impartiality",
    "term_over",
    "birth_year_odd",
    "phone_shared",
    "name_shared",
    "role_stays",
]


def findings_of(caf: Caf, today: date) -> list[Finding]:
    """What the report counts of a facilitator who serves; nothing of one who left.

    Inactive is who has been seen at nothing for a year, and has had that long: the term began as long ago.
    """
    if caf.left_on is not None:
        return []
    last_sign = max(caf.last_active_on or caf.term_from, caf.term_from)
    held: dict[Finding, bool] = {
        "impartiality": caf.village_official or caf.commune_assistant,
        "term_over": caf.term_until is not None and caf.term_until < today,
        "untrained": caf.last_trained_on is None,
        "inactive": last_sign < today - INACTIVE_AFTER,
    }
    return [finding for finding, holds in held.items() if holds]


@dataclass(frozen=True, slots=True)
class Commune:
    """The facilitators who serve a commune, and how many of its others share a name or a telephone with one of them."""

    code: str
    cafs: int
    women: int
    same_name: int = 0
    same_phone: int = 0
    """Facilitators with that telephone whose records the caller sees: of others it learns nothing."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to look at, in both languages; it names no person."""

    code: Warned
    en: str
    km: str


def warnings_of(caf: Caf, commune: Commune, today: date) -> list[Notice]:
    """What somebody should look at after a record was written."""
    return [*commune_notices(commune), *(_of_record(caf, commune, today) if caf.left_on is None else [])]


def commune_notices(commune: Commune) -> list[Notice]:
    """What somebody should look at in a commune: too few or too many facilitators, or few women among them."""
    found = []
    if commune.cafs < FEWEST:
        found.append(
            Notice(
                "too_few",
                f"Facilitators of commune {commune.code}: {commune.cafs}. It should have {FEWEST} to {MOST}.",
                f"ឃុំ សង្កាត់ {commune.code} មានអ្នកសម្របសម្រួល {khmer_digits(commune.cafs)} នាក់ {SHOULD_KM}។",
            )
        )
    if commune.cafs > MOST:
        found.append(
            Notice(
                "too_many",
                f"Facilitators of commune {commune.code}: {commune.cafs}. It should have {FEWEST} to {MOST}.",
                f"ឃុំ សង្កាត់ {commune.code} មានអ្នកសម្របសម្រួល {khmer_digits(commune.cafs)} នាក់ {SHOULD_KM}។",
            )
        )
    if 2 * commune.women < commune.cafs:
        found.append(
            Notice(
                "women_few",
                f"Women among the facilitators of commune {commune.code}: {commune.women} of {commune.cafs}.",
                f"ក្នុងចំណោមអ្នកសម្របសម្រួល {khmer_digits(commune.cafs)} នាក់នៃឃុំ សង្កាត់ {commune.code} "
                f"មានស្ត្រី {khmer_digits(commune.women)} នាក់។",
            )
        )
    return found


def _of_record(caf: Caf, commune: Commune, today: date) -> list[Notice]:
    findings = findings_of(caf, today)
    found = []
    if "impartiality" in findings:
        found.append(
            Notice(
                "impartiality",
                "A village official or commune assistant may not be impartial.",
                "មន្ត្រីភូមិ ឬជំនួយការឃុំ សង្កាត់ អាចប៉ះពាល់ដល់ភាពមិនលម្អៀង។",
            )
        )
    if "term_over" in findings:
        found.append(Notice("term_over", "The term is over.", "អាណត្តិបានផុតកំណត់ហើយ។"))
    if caf.birth_year is not None and caf.birth_year > today.year - 18:
        found.append(Notice("birth_year_odd", "By the birth year this is a child.", "តាមឆ្នាំកំណើត នេះជាកុមារ។"))
    if commune.same_phone:
        found.append(
            Notice(
                "phone_shared",
                "Another facilitator has the same telephone number.",
                "មានអ្នកសម្របសម្រួលម្នាក់ទៀតប្រើលេខទូរសព្ទដូចគ្នា។",
            )
        )
    if commune.same_name:
        found.append(
            Notice(
                "name_shared",
                "A facilitator of the same name and sex serves this commune already.",
                "មានអ្នកសម្របសម្រួលដែលមានឈ្មោះ និងភេទដូចគ្នាក្នុងឃុំ សង្កាត់នេះរួចហើយ។",
            )
        )
    return found
