"""What flags look like to reviewers."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.scorecard.flags.models import Flag
from shared.digits import khmer_digits
from shared.schemas import Input, LongText

FlagKind = Literal[
    "one_network",
    "comments_one_network",
    "identical_ballots",
    "more_than_attended",
    "more_than_all_attended",
    "held_before_opening",
    "held_in_future",
]
FlagState = Literal["open", "dismissed", "confirmed"]

REASONS: dict[str, tuple[str, str]] = {
    "one_network": (
        "{ballots} ballots about this unit came from one network within {minutes} minutes. It may have been a meeting.",
        "សន្លឹកឆ្នោត {ballots} អំពីអង្គភាពនេះបានមកពីបណ្តាញតែមួយក្នុងរយៈពេល {minutes} នាទី។ អាចជាការប្រជុំមួយ។",
    ),
    "comments_one_network": (
        "{comments} comments on this unit came from one network within {minutes} minutes. It may have been a meeting.",
        "មតិ {comments} អំពីអង្គភាពនេះបានមកពីបណ្តាញតែមួយក្នុងរយៈពេល {minutes} នាទី។ អាចជាការប្រជុំមួយ។",
    ),
    "identical_ballots": (
        "{identical} of {ballots} ballots say the very same; about {expected} would not surprise.",
        "សន្លឹកឆ្នោត {identical} ក្នុងចំណោម {ballots} មានចម្លើយដូចគ្នាទាំងស្រុង; ប្រហែល {expected} ទើបជារឿងធម្មតា។",
    ),
    "more_than_attended": (
        "{scored} people scored in a meeting that {attended} attended.",
        "មនុស្ស {scored} នាក់បានដាក់ពិន្ទុក្នុងការប្រជុំដែលមានអ្នកចូលរួម {attended} នាក់។",
    ),
    "more_than_all_attended": (
        "{scored} people scored this unit in meetings that {attended} attended in all; {unnamed} of them are recorded"
        " without a meeting.",
        "មនុស្ស {scored} នាក់បានដាក់ពិន្ទុលើអង្គភាពនេះក្នុងការប្រជុំ ដែលមានអ្នកចូលរួមសរុប {attended} នាក់;"
        " ក្នុងនោះ {unnamed} នាក់ត្រូវបានកត់ត្រាដោយមិនបញ្ជាក់ការប្រជុំ។",
    ),
    "held_before_opening": (
        "It was held on {held_on}, before scoring opened on {opened_on}. The phone's clock may be wrong.",
        "បានធ្វើនៅ {held_on} មុនពេលបើកដាក់ពិន្ទុនៅ {opened_on}។ នាឡិកាទូរសព្ទអាចមិនត្រឹមត្រូវ។",
    ),
    "held_in_future": (
        "It is said to be held on {held_on}, and was sent by {seen_on}. The phone's clock may be wrong.",
        "ថ្ងៃធ្វើគឺ {held_on} ប៉ុន្តែបានផ្ញើមកត្រឹម {seen_on}។ នាឡិកាទូរសព្ទអាចមិនត្រឹមត្រូវ។",
    ),
}


class FlagRead(BaseModel):
    """One unlikely pattern. It changes no number: a reviewer looks, and says what it was."""

    id: UUID
    round_id: UUID
    unit_code: str
    kind: FlagKind
    subject: str = Field(description="The meeting or tally in question; empty where it is about the unit's ballots")
    size: int = Field(description="How many people, ballots or days are too many")
    details: dict[str, Any] = Field(examples=[{"identical": 24, "ballots": 60, "expected": 3}])
    reason_km: str
    reason_en: str
    state: FlagState
    raised_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
    version: int = Field(description="Send it as If-Match when you decide")

    @classmethod
    def of(cls, row: Flag) -> Self:
        """As stored, with its reason in words."""
        english, khmer = REASONS[row.kind]
        khmer_details = {name: khmer_digits(value) for name, value in _as_text(row.details).items()}
        reasons = {"reason_en": english.format(**row.details), "reason_km": khmer.format(**khmer_details)}
        return cls.model_validate(row.model_dump() | reasons)


def _as_text(details: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in details.items()}


class FlagDecisionIn(Input):
    """What the reviewer found."""

    note: LongText = Field(examples=["ការប្រជុំនៅសាលាឃុំ / A meeting at the commune hall"])
