"""The content of a pack, the one shape for JSON, the page and the poster; and what is said of packs and jobs."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.areas.codes import ShownCode
from services.registry.data_elements.models import FactValue, Group, ValueType
from services.registry.jobs.models import JobStatus
from services.registry.packs.models import Outcome, Pack, PackJob, PackJobItem
from shared.areas import AreaScope, Level
from shared.events.registry import UnitKind
from shared.schemas import Input, LongText, Year


class Frozen(BaseModel):
    """What does not change once it is published."""

    model_config = ConfigDict(frozen=True)


class PackArea(Frozen):
    """An area that the unit lies in."""

    code: str = Field(examples=["02"])
    level: Level
    name_km: str = Field(examples=["បាត់ដំបង"])
    name_en: str = Field(examples=["Battambang"])


class PackUnit(Frozen):
    """The unit as it was called when the pack was published."""

    code: str = Field(examples=["HC-020201-1"])
    kind: UnitKind
    kind_name_km: str = Field(examples=["មណ្ឌលសុខភាព"])
    kind_name_en: str = Field(examples=["Health centre"])
    name_km: str = Field(examples=["មណ្ឌលសុខភាពតាពូង"])
    name_en: str = Field(examples=["Ta Pung Health Centre"])
    areas: tuple[PackArea, ...] = Field(description="From the province down to the unit's own area")


class PackStandard(Frozen):
    """A service that the unit offers."""

    code: str = Field(examples=["outpatient"])
    name_km: str = Field(examples=["ពិនិត្យជំងឺក្រៅ"])
    name_en: str = Field(examples=["Outpatient consultation"])
    fee_riel: int | None = Field(description="Null: no fee is stated; 0: free of charge", examples=[2000])
    fee_note_km: str | None = None
    fee_note_en: str | None = None
    time_km: str | None = None
    time_en: str | None = None
    documents_km: str | None = None
    documents_en: str | None = None
    right_km: str | None = None
    right_en: str | None = None


class PackFact(Frozen):
    """An approved fact: of the pack's year, or of the year before where that has none."""

    code: str = Field(examples=["outpatients"])
    group: Group
    name_km: str
    name_en: str
    value_type: ValueType
    value: FactValue = Field(examples=[8412])
    year: int = Field(description="The year that the value is of", examples=[2025])
    unit_km: str | None = Field(default=None, description="What is counted", examples=["នាក់"])
    unit_en: str | None = Field(default=None, examples=["persons"])
    target: FactValue | None = Field(default=None, description="What was aimed at for that year")
    previous: FactValue | None = Field(default=None, description="The value of the year before that year")


class PackRight(Frozen):
    """What citizens may ask of every unit of the kind."""

    km: str
    en: str


class PackContent(Frozen):
    """Information for citizens of one unit in one year, as it was published."""

    unit: PackUnit
    year: int = Field(examples=[2026])
    version: int = Field(description="Counts up with each publication of the unit's year", examples=[1])
    published_on: date = Field(description="Cambodia's day")
    standards: tuple[PackStandard, ...]
    facts: tuple[PackFact, ...]
    rights: tuple[PackRight, ...]
    example: bool = Field(description="Whether texts are those shipped as an example, which NCDDS has not replaced")


class PackVersion(BaseModel):
    """A version of a unit's pack in a list."""

    id: UUID
    unit_code: str = Field(examples=["HC-020201-1"])
    year: int = Field(examples=[2026])
    version: int = Field(examples=[1])
    current: bool = Field(description="Whether it is the one that citizens are shown for the year")
    facts: int = Field(description="How many facts it holds; 0 where it tells of services alone")
    published_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None

    @classmethod
    def of(cls, pack: Pack, unit_code: str) -> Self:
        """Show a version."""
        return cls.model_validate(pack.model_dump(exclude={"content"}) | {"unit_code": unit_code})


class ShownPack(BaseModel):
    """The pack of a year that citizens are shown, without its content."""

    year: int = Field(examples=[2026])
    version: int = Field(examples=[1])
    published_at: datetime
    facts: int = Field(description="How many facts it holds; 0 where it tells of services alone")


class UnitPacks(BaseModel):
    """Which packs of a unit there are to be read, as the change feed tells it."""

    unit_id: UUID
    unit_code: str = Field(examples=["HC-020201-1"])
    packs: list[ShownPack] = Field(description="One for each year that has one, the newest first")
    pack: str = Field(description="Where the newest is read", examples=["/api/registry/v1/units/HC-020201-1/pack"])
    page: str = Field(description="Where people read it", examples=["/i4c/HC-020201-1"])

    @classmethod
    def of(cls, unit_id: UUID, code: str, rows: Iterable[Any]) -> Self:
        """Show the packs of a unit."""
        packs = [
            ShownPack(year=row.year, version=row.version, published_at=row.published_at, facts=row.facts)
            for row in rows
        ]
        return cls(
            unit_id=unit_id, unit_code=code, packs=packs,
            pack=f"/api/registry/v1/units/{code}/pack", page=f"/i4c/{code}",
        )  # fmt: skip


class Withdrawal(Input):
    """Why a pack is withdrawn; read by everybody."""

    reason: LongText = Field(examples=["The fee for a delivery was wrong."])


class PackJobInput(Input):
    """Which packs are published together."""

    area: AreaScope = Field(default="", description='In this area and below; "" for the nation', examples=["0202"])
    year: Year
    kind: UnitKind | None = Field(default=None, description="Only units of this kind")


class PackJobRead(BaseModel):
    """A job that publishes the packs of an area, and how far it is."""

    id: UUID
    area: ShownCode = Field(examples=["0202"])
    year: int = Field(examples=[2026])
    kind: str | None
    status: JobStatus
    asked_at: datetime
    finished_at: datetime | None = Field(
        description="30 days later the job is forgotten, or when fifty more of the account have ended"
    )
    total: int = Field(description="Open units when it was asked for", examples=[12000])
    done: int = Field(examples=[4200])
    published: int = Field(description="Units with a new version")
    unchanged: int = Field(description="Units whose pack says all already")
    empty: int = Field(description="Units of a kind without standards, of which no fact is approved")
    closed: int = Field(description="Units that were closed or merged since the job was asked for")
    failed: int

    @classmethod
    def of(cls, job: PackJob) -> Self:
        """Show a job."""
        return cls.model_validate(job.model_dump() | {"area": job.area_code, "done": job.done})


class PackJobItemRead(BaseModel):
    """What came of one unit."""

    unit_code: str = Field(description="The unit's code when the job was asked for", examples=["HC-020201-1"])
    outcome: Outcome
    version: int | None = Field(description="Of the pack that citizens are shown now")
    facts: int = Field(description="How many facts it holds; 0 where it tells of services alone")
    error: str | None = Field(description="The code of what stood against it")

    @classmethod
    def of(cls, item: PackJobItem) -> Self:
        """Show an item."""
        return cls.model_validate(item, from_attributes=True)
