"""The events that can be subscribed to, and what they are called."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from shared.errors import FieldError, Invalid
from shared.events import Event
from shared.events.budget import AllocationMade, AllocationReleased, EnvelopeOpened
from shared.events.catalogue import ALL_EVENT_TYPES
from shared.events.jaap import ActionChanged, FundingRequested, PlanOpened
from shared.events.registry import PackPublished, PackWithdrawn
from shared.events.scorecard import ResultPublished, ResultWithdrawn, RoundClosed, RoundOpened
from shared.paging import Page
from shared.routing import Router

SUBSCRIBABLE: tuple[type[Event], ...] = tuple(
    event for event in ALL_EVENT_TYPES if not event.IS_STATE and not event.IS_INTERNAL
)
"""All events but internal ones, and but the registry's state, of which a whole gazetteer arrives at once: partners read
that from its API."""

KHMER: dict[type[Event], str] = {
    PackPublished: "កញ្ចប់ព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋរបស់អង្គភាពមួយត្រូវបានផ្សព្វផ្សាយ។",
    PackWithdrawn: "កញ្ចប់ព័ត៌មានសម្រាប់ប្រជាពលរដ្ឋរបស់អង្គភាពមួយត្រូវបានដកវិញ។",
    RoundOpened: "ជុំដាក់ពិន្ទុបានបើក៖ ប្រជាពលរដ្ឋអាចដាក់ពិន្ទុបានចាប់ពីពេលនេះ។",
    RoundClosed: "ជុំដាក់ពិន្ទុបានបិទ៖ មិនទទួលពិន្ទុទៀតទេ។",
    ResultPublished: "លទ្ធផលរបស់អង្គភាពផ្តល់សេវាមួយត្រូវបានផ្សព្វផ្សាយជាសាធារណៈ។",
    ResultWithdrawn: "លទ្ធផលរបស់អង្គភាពផ្តល់សេវាមួយត្រូវបានដកវិញ៖ លែងផ្សព្វផ្សាយជាសាធារណៈ។",
    PlanOpened: "ផែនការសកម្មភាពរួមប្រចាំឆ្នាំរបស់ឃុំ សង្កាត់បានចាប់ផ្ដើម។",
    ActionChanged: "សកម្មភាពមួយបានឈានទៅដំណាក់កាលថ្មី។ ថវិកាគិតជារៀល។",
    FundingRequested: "សកម្មភាពមួយដែលបានព្រមព្រៀងស្នើសុំថវិកាពីក្រៅ។ ថវិកាគិតជារៀល។",
    EnvelopeOpened: "ស្ថាប័នមួយបានត្រៀមថវិកាសម្រាប់ឆ្នាំ។ ថវិកាគិតជារៀល។",
    AllocationMade: "ថវិកាត្រូវបានវិភាជដល់សំណើរបស់សកម្មភាពមួយ។ ថវិកាគិតជារៀល។",
    AllocationReleased: "ថវិកាដែលបានវិភាជត្រូវបានប្រគល់ត្រឡប់វិញ។ ថវិកាគិតជារៀល។",
}

router = Router(prefix="/event-types", tags=["subscriptions"])


class EventTypeRead(BaseModel):
    """A type of event; its fields are in the platform's AsyncAPI document."""

    type: str = Field(examples=[ResultPublished.TYPE])
    service: str = Field(examples=["scorecard"])
    description_km: str
    description_en: str


@router.get("")
async def list_event_types() -> Page[EventTypeRead]:
    """The events that a subscription can be for. Areas and service units are not among them: read the registry."""
    return Page(
        items=[
            EventTypeRead(
                type=event.TYPE,
                service=event.producer(),
                description_km=KHMER[event],
                description_en=" ".join((event.__doc__ or "").split()),
            )
            for event in SUBSCRIBABLE
        ]
    )


def checked(event_types: Sequence[str]) -> list[str]:
    """The types, each once. Raises Invalid naming each entry that is not one to subscribe to."""
    known = {event.TYPE for event in SUBSCRIBABLE}
    errors = [
        FieldError(
            f"/event_types/{position}",
            "event_type_unknown",
            f"There is no event type {name} to subscribe to; GET /event-types lists them.",
            f"គ្មានប្រភេទព្រឹត្តិការណ៍ {name} សម្រាប់ជាវទេ សូមមើល GET /event-types។",
        )
        for position, name in enumerate(event_types)
        if name not in known
    ]
    if errors:
        raise Invalid(errors[0].code, en=errors[0].en, km=errors[0].km, errors=errors)
    return list(dict.fromkeys(event_types))
