"""What jaap tells: plans, the steps of their actions, and what they ask money for."""

from typing import Literal
from uuid import UUID

from shared.events import Event, KeyUsed

ActionStatus = Literal["proposed", "agreed", "funded", "in_progress", "done", "dropped"]


class PlanOpened(Event, type="isaf.jaap.plan.opened.v1", key="plan_id"):
    """A commune's joint accountability action plan for a year began with its first published result."""

    plan_id: UUID
    year: int
    area_code: str


class ActionChanged(Event, type="isaf.jaap.action.changed.v1", key="action_id"):
    """An action took a step on its path; `previous_status` is null when it was just proposed. Money in riel."""

    action_id: UUID
    plan_id: UUID
    year: int
    area_code: str
    number: int
    title_km: str
    title_en: str
    previous_status: ActionStatus | None
    status: ActionStatus
    cost: int
    funded_amount: int
    drop_reason: str | None


class FundingRequested(Event, type="isaf.jaap.funding.requested.v1", key="request_id"):
    """An agreed action asks for money from outside its unit. Amount in riel."""

    request_id: UUID
    action_id: UUID
    plan_id: UUID
    year: int
    area_code: str
    title_km: str
    title_en: str
    amount: int
    requested_by: UUID


class JaapKeyUsed(KeyUsed, type="isaf.jaap.access_key.used.v1", key="key_id", internal=True):
    """An API key was used here, for the first time that day."""
