"""What this service does when others tell something: webhooks for partners, messages for readers."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.notify.areas import Area
from services.notify.deliveries import queries as deliveries
from services.notify.inbox import queries as inbox
from services.notify.inbox.audience import ROLES, area_codes_of, labels_of_message
from services.notify.inbox.models import Message
from services.notify.inbox.texts import TEXTS, Names
from services.notify.signals import after_commit, deliveries_due, messages_written
from services.notify.subscriptions.event_types import SUBSCRIBABLE
from shared.areas import covers, parent_of
from shared.consumers import Consumers
from shared.events import Envelope
from shared.events.jaap import ActionChanged, FundingRequested
from shared.registry_copy import keep_areas

consumers = Consumers()
keep_areas(consumers, Area)


@consumers.on_envelope(*SUBSCRIBABLE)
async def pass_on(db: AsyncSession, envelope: Envelope) -> None:
    """Write down who is to hear of an event; sending follows the commit."""
    await order_deliveries(db, envelope)
    if isinstance(envelope.event, ActionChanged | FundingRequested):
        await inbox.keep_title(db, envelope.event)
    await write_message(db, envelope)


async def order_deliveries(db: AsyncSession, envelope: Envelope) -> None:
    """A delivery for each active subscription to the event's type whose area holds the event.

    An event about a list of areas, such as an opened round, also concerns those who watch a part of one.
    """
    ordered = await db.execute(
        deliveries.INSERT,
        {
            "event_id": envelope.id,
            "event_type": envelope.type,
            "body": envelope.body,
            "area_codes": area_codes_of(envelope.event),
            "reaches_down": hasattr(envelope.event, "area_codes"),
        },
    )
    if ordered.first() is not None:
        after_commit(db, deliveries_due)


async def write_message(db: AsyncSession, envelope: Envelope) -> None:
    """The event's message to those whom it concerns."""
    event = envelope.event
    codes = area_codes_of(event)
    names = Names(await inbox.area_names(db, codes), await inbox.action_titles(db, event))
    content = TEXTS[type(event)](event, names)
    await db.execute(inbox.IN_ORDER)
    await db.execute(
        insert(Message)
        .values(
            event_id=envelope.id,
            event_type=envelope.type,
            area_code=common_area(codes),
            audience=labels_of_message(ROLES[type(event)], codes, getattr(event, "unit_code", None)),
            title_km=content.title.km,
            title_en=content.title.en,
            body_km=content.body.km,
            body_en=content.body.en,
            created_at=envelope.time,
        )
        .on_conflict_do_nothing()
    )
    after_commit(db, messages_written)


def common_area(codes: list[str]) -> str:
    """The smallest area that holds all of them."""
    common = codes[0]
    while not all(covers(common, code) for code in codes):
        common = parent_of(common)
    return common
