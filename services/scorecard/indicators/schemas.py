"""What indicator sets look like from outside."""

from datetime import datetime
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.scorecard.indicators.models import SATISFIED_FROM, SCALE, IndicatorSet
from shared.digits import khmer_digits
from shared.errors import Invalid
from shared.events.registry import UnitKind
from shared.schemas import Input, ShortText, without_control_characters

MAXIMUM_STEPS = 10
MAXIMUM_INDICATORS = 30
Hint = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(without_control_characters)]

IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$"), Field(examples=["staff_attitude"])]


def must_be_https(address: str) -> str:
    """Refuse what is no address that a phone's browser plays over an encrypted line."""
    try:
        url = urlsplit(address)
        sound = url.scheme == "https" and bool(url.hostname) and url.username is None and url.port != 0
    except ValueError:
        sound = False
    if not sound or not address.isprintable() or " " in address:
        raise PydanticCustomError("https_url", "must be a web address that begins with https://")
    return address


HttpsUrl = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(must_be_https),
    Field(examples=["https://media.example.org/staff_attitude-km.mp3"]),
]


class IndicatorIn(Input):
    """One question of a new set."""

    code: Annotated[IndicatorCode, Field(description="Its identity: the same question bears it in every version")]
    label_km: ShortText = Field(examples=["អាកប្បកិរិយារបស់បុគ្គលិក៖ គួរសម យកចិត្តទុកដាក់ និងមិនរើសអើង"])
    label_en: ShortText = Field(examples=["Staff are polite and caring and treat everyone equally"])
    hint_km: Annotated[Hint | None, Field(description="What to think of when scoring")] = None
    hint_en: Hint | None = None
    audio_km: Annotated[HttpsUrl | None, Field(description="The question read aloud, for who does not read")] = None
    audio_en: HttpsUrl | None = None


class ScaleStepIn(Input):
    """One step of a set's scale."""

    value: Annotated[int, Field(ge=1, le=MAXIMUM_STEPS, strict=True)]
    label_km: ShortText = Field(examples=["ពេញចិត្ត"])
    label_en: ShortText = Field(examples=["Satisfied"])


class IndicatorSetIn(Input):
    """A new set; it becomes the next version of its kind."""

    unit_kind: UnitKind
    title_km: ShortText = Field(examples=["លក្ខណៈវិនិច្ឆ័យសម្រាប់មណ្ឌលសុខភាព"])
    title_en: ShortText = Field(examples=["Indicators for health centres"])
    indicators: Annotated[list[IndicatorIn], Field(min_length=1, max_length=MAXIMUM_INDICATORS)]
    scale: Annotated[
        list[ScaleStepIn] | None,
        Field(
            min_length=2,
            max_length=MAXIMUM_STEPS,
            description="1 (worst) upwards, without a gap. Default: the five steps of ISAF.",
        ),
    ] = None
    satisfied_from: Annotated[
        int | None,
        Field(
            ge=2,
            le=MAXIMUM_STEPS,
            strict=True,
            description="From which step on a citizen is satisfied: 4 of the five; to be said for a scale of your own",
        ),
    ] = None

    def scale_and_satisfied(self) -> tuple[list[dict[str, Any]], int]:
        """The scale and the step from which on a citizen is satisfied. Raises Invalid where they do not fit."""
        steps = SCALE if self.scale is None else [step.model_dump() for step in self.scale]
        for position, step in enumerate(steps):
            if step["value"] != position + 1:
                raise Invalid.field(
                    f"/scale/{position}/value",
                    "scale_not_contiguous",
                    en=f"The steps of a scale are 1, 2, 3 and so on in this order; here {position + 1} is expected.",
                    km=f"កម្រិតនៃមាត្រដ្ឋានត្រូវរៀបតាមលំដាប់ ១, ២, ៣ ...; ត្រង់នេះត្រូវជា {khmer_digits(str(position + 1))}។",
                )
        satisfied_from = SATISFIED_FROM if self.scale is None and self.satisfied_from is None else self.satisfied_from
        if satisfied_from is None or satisfied_from > len(steps):
            raise Invalid.field(
                "/satisfied_from",
                "satisfied_from_unfit",
                en=f"Say from which step on a citizen is satisfied: 2 to {len(steps)}.",
                km=f"សូមបញ្ជាក់ថាប្រជាពលរដ្ឋពេញចិត្តចាប់ពីកម្រិតណា៖ ២ ដល់ {khmer_digits(str(len(steps)))}។",
            )
        return steps, satisfied_from


class ScaleValue(BaseModel):
    """One step of the rating scale."""

    value: int
    label_km: str
    label_en: str


class IndicatorRead(BaseModel):
    """One question."""

    code: str
    label_km: str
    label_en: str
    hint_km: str | None = None
    hint_en: str | None = None
    audio_km: str | None = Field(default=None, description="Where the question is read aloud")
    audio_en: str | None = None


class IndicatorSetRead(BaseModel):
    """A version of the questions for one kind of unit."""

    id: UUID
    unit_kind: UnitKind
    version: int
    title_km: str
    title_en: str
    scale_min: int
    scale_max: int
    scale: list[ScaleValue]
    satisfied_from: int = Field(description="The step from which on a citizen is satisfied")
    indicators: list[IndicatorRead]
    is_example: bool = Field(description="Shipped with the software as an example, to be replaced by NCDDS")
    created_at: datetime

    @classmethod
    def of(cls, row: IndicatorSet) -> Self:
        """As stored."""
        values = [step["value"] for step in row.scale]
        return cls.model_validate({**row.model_dump(), "scale_min": min(values), "scale_max": max(values)})


class SetChanges(BaseModel):
    """What a version did to the indicators of the one before; told by their codes alone."""

    version: int = Field(description="The version before")
    kept: list[str]
    added: list[str]
    dropped: list[str]
    reworded: list[str] = Field(
        description="Kept, with another label: look whether it still asks the same, else give it a code of its own"
    )
    same_scale: bool = Field(description="false: medians of the two versions do not compare")


class IndicatorSetCreated(IndicatorSetRead):
    """A version just issued."""

    changes: SetChanges | None = Field(description="null for the first version of a kind")
    units: int = Field(
        description="Open units of the kind that are known now. 0: look whether the kind is spelt as in the registry,"
        " as no round takes the set before there are some",
        examples=[1256],
    )
