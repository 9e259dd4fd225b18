"""What clients send and read of facilitators. Personal data: it leaves the registry by these answers alone."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.registry.areas.codes import ShownCode
from services.registry.cafs.models import Caf, CafTerm, ChosenBy, LeftReason, TermEnd
from services.registry.cafs.rules import Finding, Warned, findings_of
from services.registry.focal_persons.models import Sex
from services.registry.phones import Phone
from shared.areas import VillageCode
from shared.schemas import Input, LongText, ShortText

CommuneCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$"), Field(examples=["020201"])]
BirthYear = Annotated[int, Field(ge=1900, le=2100, strict=True, examples=[1988])]
Flag = Annotated[bool, Field(strict=True)]
Supporter = Annotated[
    UUID, Field(description="The organisation that supports the facilitator; its accounts see this record")
]
Seen = Annotated[date, Field(description="The last day of work that you know of", examples=["2026-02-11"])]


class CafInput(Input):
    """A facilitator to record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "សុខ ស្រីមុំ",
                    "sex": "female",
                    "birth_year": 1988,
                    "phone": "012 345 678",
                    "area_code": "020201",
                    "village_code": "02020103",
                    "term_from": "2026-01-05",
                    "term_until": "2027-12-31",
                    "chosen_by": "election",
                    "village_official": False,
                    "commune_assistant": False,
                }
            ]
        }
    )

    name: ShortText
    sex: Sex
    birth_year: BirthYear | None = None
    phone: Phone | None = None
    area_code: CommuneCode = Field(description="The commune")
    village_code: VillageCode | None = Field(default=None, description="Where the facilitator lives, in the commune")
    term_from: date
    term_until: date | None = Field(default=None, description="The last day; null where no end was set")
    chosen_by: ChosenBy | None = Field(default=None, description="How the facilitator was chosen")
    supporter_id: Supporter | None = None
    village_official: Flag = Field(default=False, description="Village chief, deputy or member; told as a finding")
    commune_assistant: Flag = Field(default=False, description="Assistant of the commune; told as a finding")
    disability: Flag | None = Field(default=None, description="As the facilitator says; null where nothing is said")
    ethnic_minority: Flag | None = Field(default=None, description="As the facilitator says; null likewise")
    account_id: UUID | None = Field(default=None, description="With which the facilitator signs in here")
    last_seen_on: Seen | None = None


class CafPatch(Input):
    """What changes of a facilitator: a field left out stays; null takes away what may be missing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "098 765 432", "term_until": "2027-12-31"}]})

    name: ShortText | None = None
    sex: Sex | None = None
    birth_year: BirthYear | None = None
    phone: Phone | None = None
    area_code: CommuneCode | None = Field(default=None, description="Another commune; the village is then said anew")
    village_code: VillageCode | None = None
    term_from: date | None = None
    term_until: date | None = None
    chosen_by: ChosenBy | None = None
    supporter_id: Supporter | None = None
    village_official: Flag | None = None
    commune_assistant: Flag | None = None
    disability: Flag | None = None
    ethnic_minority: Flag | None = None
    account_id: UUID | None = None
    last_seen_on: Seen | None = None


class CafLeaving(Input):
    """When and why a facilitator left."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "took_office", "left_on": "2026-06-01"}]})

    reason: LeftReason
    left_on: date | None = Field(default=None, description="Left out, today")
    note: LongText | None = Field(default=None, description="Seen by those alone who see the record")


class CafReturn(Input):
    """Another term of a facilitator who had left, or was marked so by mistake."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"term_from": "2028-01-05", "term_until": "2029-12-31"}]})

    term_from: date
    term_until: date | None = None


class CafWarning(BaseModel):
    """Something to look at; it forbids nothing."""

    code: Warned
    detail_en: str
    detail_km: str


class CafTermRead(BaseModel):
    """An earlier term of a facilitator, or the part of one that was served in another commune."""

    area_code: str = Field(description="The commune served, by its code of now", examples=["020202"])
    term_from: date
    term_until: date | None
    chosen_by: ChosenBy | None
    left_on: date
    left_reason: TermEnd
    left_note: str | None

    @classmethod
    def of(cls, term: CafTerm, area_code: str) -> Self:
        """Show a term."""
        return cls.model_validate({**term.model_dump(), "area_code": area_code})


class CafRead(BaseModel):
    """A facilitator's record."""

    id: UUID
    name: str
    sex: Sex
    birth_year: int | None
    phone: str | None = Field(examples=["+85512345678"])
    area_code: ShownCode = Field(description="The commune", examples=["020201"])
    village_code: str | None
    term_from: date
    term_until: date | None
    chosen_by: ChosenBy | None
    supporter_id: UUID | None
    village_official: bool
    commune_assistant: bool
    disability: bool | None = Field(description="Null also for a partner: only the person and the officers need it")
    ethnic_minority: bool | None = Field(description="Null also for a partner")
    account_id: UUID | None
    last_seen_on: date | None = Field(description="The last day of work that somebody vouched for")
    last_trained_on: date | None = Field(description="The last day of the latest training that names the facilitator")
    last_active_on: date | None = Field(description="The later of the two")
    left_on: date | None = Field(description="Null while the facilitator serves")
    left_reason: LeftReason | None
    left_note: str | None
    earlier_terms: list[CafTermRead] = Field(description="What was served before, the latest first")
    findings: list[Finding] = Field(description="What the report counts of this facilitator today")
    version: int

    @classmethod
    def of(
        cls, caf: Caf, village_code: str | None, earlier: Sequence[CafTermRead], today: date, *, sensitive: bool
    ) -> Self:
        """Show a record, what is sensitive of the person to those alone who need it."""
        values = {name: getattr(caf, name) for name in SHOWN if sensitive or name not in SENSITIVE}
        hidden = {} if sensitive else dict.fromkeys(SENSITIVE)
        findings = findings_of(caf, today)
        return cls(**values, **hidden, village_code=village_code, earlier_terms=list(earlier), findings=findings)


SENSITIVE = ("disability", "ethnic_minority")
SHOWN = tuple(name for name in CafRead.model_fields if name not in ("village_code", "earlier_terms", "findings"))


class CafWritten(CafRead):
    """A facilitator's record after a change, with what somebody should look at."""

    warnings: list[CafWarning]
