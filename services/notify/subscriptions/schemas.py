"""Requests and answers about subscriptions."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.notify.subscriptions.event_types import SUBSCRIBABLE
from services.notify.subscriptions.models import Subscription
from services.notify.subscriptions.urls import MAXIMUM_LENGTH
from shared.areas import AreaScope
from shared.events.scorecard import ResultPublished
from shared.schemas import Input, ShortText

WebhookUrl = Annotated[
    str, StringConstraints(min_length=1, max_length=MAXIMUM_LENGTH), Field(examples=["https://partner.example/isaf"])
]
EventTypes = Annotated[
    list[Annotated[str, StringConstraints(max_length=100)]],
    Field(
        min_length=1,
        max_length=50,
        examples=[[ResultPublished.TYPE]],
        json_schema_extra={"items": {"type": "string", "enum": [event.TYPE for event in SUBSCRIBABLE]}},
    ),
]


class SubscriptionCreate(Input):
    """Where to send which events of which area."""

    url: WebhookUrl
    event_types: EventTypes
    area_code: AreaScope = Field(description='The area and all below it; "" is the nation', examples=["02"])
    description: ShortText | None = None


class SubscriptionChange(Input):
    """What to change; a field left out or null stays as it is."""

    active: bool | None = Field(default=None, description="false stops: what happens meanwhile is not sent later")
    url: WebhookUrl | None = None
    event_types: EventTypes | None = None
    description: ShortText | None = None


class SubscriptionRead(BaseModel):
    """A subscription; its secret is never shown again."""

    id: UUID
    account_id: UUID
    url: str
    event_types: list[str]
    area_code: str
    description: str | None
    active: bool
    deactivated_reason: Literal["owner", "gone"] | None = Field(
        description='"gone" when the receiver answered 410 and so asked for no more'
    )
    version: int
    created_at: datetime

    @classmethod
    def of(cls, row: Subscription) -> Self:
        """As the owner sees it."""
        return cls.model_validate(row, from_attributes=True)


class SubscriptionCreated(SubscriptionRead):
    """A subscription with its secret, which is shown this once."""

    secret: str | None = Field(
        description="null in the answer to a repeated request, as it is stored nowhere in the open: ask for a new one",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )

    @classmethod
    def with_secret(cls, row: Subscription, secret: str | None) -> Self:
        """As it is shown once; without the secret as it is shown when the request is repeated."""
        return cls(**SubscriptionRead.of(row).model_dump(), secret=secret)
