"""What clients send and read of jobs that make posters."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.areas.codes import ShownCode
from services.registry.jobs.models import JobStatus
from services.registry.posters.content import Size
from services.registry.posters.models import PosterItemStatus, PosterJob, PosterJobItem
from shared.areas import AreaScope
from shared.events.registry import UnitKind
from shared.language import Language
from shared.schemas import Input, Year


class PosterJobInput(Input):
    """Which posters are made together."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"area": "0202", "year": 2026, "size": "a3", "lang": "km"}]}
    )

    area: AreaScope = Field(default="", description='In this area and below; "" for the nation')
    year: Year
    kind: UnitKind | None = Field(default=None, description="Only units of this kind")
    size: Size = "a3"
    lang: Language = Field(default="km", description="Which language goes first")


class PosterJobRead(BaseModel):
    """A job that makes the posters of an area, and how far it is."""

    id: UUID
    area: ShownCode = Field(examples=["0202"])
    year: int = Field(examples=[2026])
    kind: str | None
    size: Size
    lang: Language
    status: JobStatus
    asked_at: datetime
    finished_at: datetime | None = Field(
        description="30 days later the job is forgotten, or when fifty more of the account have ended"
    )
    total: int = Field(description="Open units with a pack of the year when it was asked for", examples=[12000])
    done: int = Field(examples=[4200])
    failed: int

    @classmethod
    def of(cls, job: PosterJob) -> Self:
        """Show a job."""
        return cls.model_validate(job.model_dump() | {"area": job.area_code})


class PosterJobItemRead(BaseModel):
    """One unit's poster in a job."""

    unit_code: str = Field(examples=["HC-020201-1"])
    area_code: str = Field(description="Where the unit lay when the job was asked for", examples=["020201"])
    status: PosterItemStatus
    error: str | None = Field(description="The code of what stood against it")

    @classmethod
    def of(cls, item: PosterJobItem) -> Self:
        """Show an item."""
        return cls.model_validate(item, from_attributes=True)
