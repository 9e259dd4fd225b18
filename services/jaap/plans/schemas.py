"""What the API shows of plans."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from services.jaap.plans.models import AgendaItem, Plan
from shared.events.jaap import ActionStatus

PLAN_ID = "0199f3a2-6b1e-7c44-9d0e-3f5a8c21b7d4"


class WorseOff(BaseModel):
    """A group of citizens that is clearly less satisfied than the others."""

    dimension: str = Field(examples=["disability"])
    category: str = Field(examples=["yes"])
    share: float = Field(description="The group's share of satisfied citizens, 0 to 1", examples=[0.2])
    others: float = Field(description="The share among all others", examples=[0.74])


class AgendaItemRead(BaseModel):
    """A weak indicator of one of the commune's service units."""

    id: UUID = Field(examples=["0199f3a2-7c10-7d2b-8b1f-52c7e9a40c11"])
    unit_code: str = Field(examples=["HC-020103-1"])
    indicator_code: str = Field(examples=["waiting_time"])
    label_km: str = Field(examples=["ពេលវេលារង់ចាំ"])
    label_en: str = Field(examples=["Waiting time"])
    median: float | None = Field(examples=[2.0])
    gap: float | None = Field(
        description="Citizens' median less the staff's own score: negative where the staff thinks better of itself",
        examples=[-2.0],
    )
    worse_off: list[WorseOff] = Field(description="Groups that scored it clearly lower than the others")
    round_id: UUID

    @classmethod
    def of(cls, item: AgendaItem) -> Self:
        """The item as citizens see it."""
        return cls(**item.model_dump(include=set(cls.model_fields)))


class PlanRead(BaseModel):
    """A commune's action plan for a year."""

    id: UUID = Field(examples=[PLAN_ID])
    year: int = Field(examples=[2026])
    area_code: str = Field(examples=["020103"])
    state: Literal["open"]
    agenda: list[AgendaItemRead]
    actions_count: dict[ActionStatus, int] = Field(
        description="How many actions stand at each step; dropped is counted apart from done",
        examples=[{"proposed": 3, "agreed": 2, "funded": 1, "in_progress": 4, "done": 2, "dropped": 1}],
    )
    version: int

    @classmethod
    def of(cls, plan: Plan, agenda: list[AgendaItem], actions_count: dict[ActionStatus, int]) -> Self:
        """The plan with its agenda, weakest first within each unit."""
        return cls(
            **plan.model_dump(include={"id", "year", "area_code", "state", "version"}),
            agenda=[AgendaItemRead.of(item) for item in agenda],
            actions_count=actions_count,
        )
