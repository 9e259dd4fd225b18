"""The table of trainings: the same columns in and out, participants by kind and sex among them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.focal_persons.models import Sex
from services.registry.trainings.models import GROUPS, MOST_OF_A_KIND, PARTICIPANT_KINDS, SEXES, ParticipantKind
from services.registry.trainings.schemas import Place
from shared.imports import AreaDigits, DayFirst, LatinDigits
from shared.schemas import ShortText
from shared.spreadsheets import Column

KIND_NAMES = {
    "caf": ("Facilitators", "អ្នកសម្របសម្រួល"),
    "committee_member": ("Committee members", "សមាជិកគណៈកម្មាធិការ"),
    "provider": ("Service providers", "អ្នកផ្តល់សេវា"),
    "official": ("Officials", "មន្ត្រីរដ្ឋបាល"),
    "citizen": ("Citizens", "ប្រជាពលរដ្ឋ"),
    "other": ("Others", "អ្នកផ្សេងទៀត"),
}
SEX_NAMES = {"female": ("female", "ស្រី"), "male": ("male", "ប្រុស"), "undisclosed": ("not said", "មិនបញ្ជាក់")}
KIND_COLUMNS = tuple(
    Column(
        f"{kind}_{sex}",
        f"{KIND_NAMES[kind][0]}, {SEX_NAMES[sex][0]}",
        f"{KIND_NAMES[kind][1]} {SEX_NAMES[sex][1]}",
    )
    for kind in PARTICIPANT_KINDS
    for sex in SEXES
)
COLUMNS = (
    Column("id", "Id", "លេខសម្គាល់"),
    Column("topic", "Topic", "ប្រធានបទ", required=True),
    Column("title", "Title", "ចំណងជើង"),
    Column("organiser", "Organiser", "អ្នករៀបចំ", required=True, also=("organizer",)),
    Column("organiser_km", "Organiser in Khmer", "អ្នករៀបចំជាភាសាខ្មែរ"),
    Column("organiser_en", "Organiser in English", "អ្នករៀបចំជាភាសាអង់គ្លេស"),
    Column("area_code", "Area code", "លេខកូដតំបន់", required=True),
    Column("held_from", "From", "ចាប់ពីថ្ងៃ", required=True),
    Column("held_until", "Until", "ដល់ថ្ងៃ"),
    Column("total", "Participants", "អ្នកចូលរួម"),
    Column("female", "Women", "ស្ត្រី"),
    Column("cafs_named", "Facilitators named", "អ្នកសម្របសម្រួលក្នុងបញ្ជី"),
    *KIND_COLUMNS,
)
"""The organiser's full names, sums and facilitators named are for the reader's eyes: an import passes over them."""


def kind_cells(counts: Mapping[tuple[ParticipantKind, Sex], int]) -> list[int]:
    """Counts by kind and sex in the order of KIND_COLUMNS."""
    return [counts.get(group, 0) for group in GROUPS]


Count = Annotated[int | None, LatinDigits, Field(ge=0, le=MOST_OF_A_KIND)]


class TrainingLine(BaseModel):
    """A row of the table; what is left empty stays as it is."""

    model_config = ConfigDict(extra="ignore")

    id: UUID | None = None
    topic: ShortText | None = None
    title: ShortText | None = None
    organiser: ShortText | None = None
    area_code: Annotated[Place | None, AreaDigits] = None
    held_from: Annotated[date | None, DayFirst] = None
    held_until: Annotated[date | None, DayFirst] = None
    caf_female: Count = None
    caf_male: Count = None
    caf_undisclosed: Count = None
    committee_member_female: Count = None
    committee_member_male: Count = None
    committee_member_undisclosed: Count = None
    provider_female: Count = None
    provider_male: Count = None
    provider_undisclosed: Count = None
    official_female: Count = None
    official_male: Count = None
    official_undisclosed: Count = None
    citizen_female: Count = None
    citizen_male: Count = None
    citizen_undisclosed: Count = None
    other_female: Count = None
    other_male: Count = None
    other_undisclosed: Count = None

    def participants(self, before: Sequence[int]) -> list[int]:
        """How many took part of each of models.GROUPS: as the row says, else as before."""
        said: list[int | None] = [getattr(self, f"{kind}_{sex}") for kind, sex in GROUPS]
        return [old if new is None else new for new, old in zip(said, before, strict=True)]
