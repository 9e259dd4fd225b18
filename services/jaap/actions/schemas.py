"""What the API takes and shows of actions."""

import hashlib
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, field_validator
from pydantic_core import PydanticCustomError

from services.jaap.actions.models import Action
from services.jaap.actions.path import Resources
from shared.areas import UnitCode
from shared.events.jaap import ActionStatus
from shared.schemas import Input, LongText, Riel, ShortText

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)

Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
People = Annotated[int, Field(ge=0, le=20_000_000, strict=True)]
Quantity = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, strict=True)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True)]

REQUIRED = (
    "title_km",
    "proposer",
    "location",
    "starts_on",
    "ends_on",
    "beneficiaries_total",
    "beneficiaries_female",
    "cost",
    "implementer",
    "resources",
)


class ActionCreate(Input):
    """A proposed action, with the columns of the plan's form."""

    id: UUID | None = Field(
        None, description="Made by the client when it works offline; sent twice it counts once", examples=[None]
    )
    unit_code: UnitCode | None = Field(None, examples=["HC-020103-1"])
    agenda_item_id: UUID | None = Field(None, description="The weak indicator that it answers", examples=[None])
    title_km: ShortText = Field(examples=["ជួសជុលអណ្ដូងទឹកនៅមណ្ឌលសុខភាព"])
    title_en: ShortText | None = Field(None, examples=["Repair the well of the health centre"])
    proposer: ShortText = Field(examples=["ប្រជាពលរដ្ឋភូមិអូរតាគី"])
    target: ShortText | None = Field(None, description="The target it responds to", examples=["ទឹកស្អាត"])
    location: ShortText = Field(examples=["ភូមិអូរតាគី"])
    quantity: Quantity | None = Field(None, examples=[1])
    quantity_unit: ShortText | None = Field(None, examples=["អណ្ដូង"])
    starts_on: Day = Field(examples=["2026-05-01"])
    ends_on: Day = Field(examples=["2026-09-30"])
    beneficiaries_total: People = Field(examples=[2400])
    beneficiaries_female: People = Field(description="Women and girls among the total", examples=[1250])
    cost: Riel = Field(description="Estimated, in whole riel", examples=[12_000_000])
    implementer: ShortText = Field(examples=["ប្រធានមណ្ឌលសុខភាព"])
    collaborators: ShortText | None = Field(None, examples=["ក្រុមប្រឹក្សាឃុំ"])
    resources: Resources = Field(
        description="own: done with what the provider has; external: needs money from outside",
        examples=["external"],
    )

    def fingerprint(self, plan_id: UUID) -> bytes:
        """What makes two submissions the same: plan and content, whatever became of the action since."""
        content = self.model_dump_json(exclude={"id"}, exclude_defaults=True)
        return hashlib.sha256(plan_id.bytes + content.encode()).digest()


class ActionChanges(Input):
    """The fields to change; those left out stay as they are."""

    unit_code: UnitCode | None = None
    agenda_item_id: UUID | None = None
    title_km: ShortText | None = None
    title_en: ShortText | None = None
    proposer: ShortText | None = None
    target: ShortText | None = None
    location: ShortText | None = None
    quantity: Quantity | None = None
    quantity_unit: ShortText | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    beneficiaries_total: People | None = None
    beneficiaries_female: People | None = None
    cost: Riel | None = Field(None, examples=[9_500_000])
    implementer: ShortText | None = None
    collaborators: ShortText | None = None
    resources: Resources | None = None

    @field_validator(*REQUIRED, mode="before")
    @classmethod
    def keep_required(cls, value: object) -> object:
        """A required field may be left out of the change, but not emptied."""
        if value is None:
            raise PydanticCustomError("missing", "must not be null; leave the field out to keep its value")
        return value


class DropReason(Input):
    """Why an action will not be done."""

    reason: LongText = Field(examples=["គម្រោងរបស់ខេត្តបានជួសជុលអណ្ដូងនេះរួចហើយ"])


class ProgressInput(Input):
    """How far an action has come."""

    percent: Percent = Field(examples=[40])
    note: LongText = Field(examples=["បានទិញសម្ភារៈរួចហើយ"])
    reported_on: Day | None = Field(None, description="Today when left out", examples=["2026-06-30"])


class ProgressRead(BaseModel):
    """A progress report."""

    percent: int = Field(examples=[40])
    note: str
    reported_on: date


class FundingRequestRead(BaseModel):
    """A request for money; how much of it is allocated stands in budget under the same id."""

    id: UUID
    amount: int = Field(examples=[12_000_000])
    requested_at: datetime


class ActionRead(BaseModel):
    """An action and where it stands. Money in riel."""

    id: UUID
    plan_id: UUID
    year: int = Field(examples=[2026])
    area_code: str = Field(examples=["020103"])
    number: int = Field(description="Its number in the plan", examples=[7])
    unit_code: str | None
    agenda_item_id: UUID | None
    title_km: str
    title_en: str | None
    proposer: str
    target: str | None
    location: str
    quantity: float | None
    quantity_unit: str | None
    starts_on: date
    ends_on: date
    beneficiaries_total: int
    beneficiaries_female: int
    cost: int
    implementer: str
    collaborators: str | None
    resources: Resources
    status: ActionStatus
    requested_amount: int = Field(description="Sum of its requests")
    funded_amount: int = Field(description="Sum of the allocations that stand")
    drop_reason: str | None
    progress: list[ProgressRead]
    requests: list[FundingRequestRead]
    version: int

    @classmethod
    def of(cls, action: Action) -> Self:
        """The action with its reports by day and its requests in order."""
        reports = sorted(action.progress, key=lambda report: (report.reported_on, report.id))
        requests = sorted(action.requests, key=lambda request: request.id)
        return cls(
            **action.model_dump(include=set(cls.model_fields) - {"progress", "requests"}),
            progress=[ProgressRead.model_validate(report, from_attributes=True) for report in reports],
            requests=[FundingRequestRead.model_validate(request, from_attributes=True) for request in requests],
        )
