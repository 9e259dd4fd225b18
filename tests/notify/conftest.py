"""The notify service with a few areas, a partner's receiver, and short ways to do what its tests do often."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text

from services.notify.deliveries.worker import deliver_due
from shared.events import Envelope, Event
from shared.events.scorecard import ResultPublished
from tests.notify.happenings import area, envelope
from tests.notify.receiver import Receiver, receiving
from tests.world import Client, World

API = "/api/notify/v1"
AREAS = ("02", "0203", "020301", "020302", "0204", "020401", "03", "0301")


@dataclass
class Notify:
    """The started service in a test's hands, with one partner."""

    world: World
    client: Client
    partner_id: UUID = field(default_factory=uuid4)

    @property
    def http(self) -> AsyncClient:
        """Its HTTP face."""
        return self.client.http

    @property
    def partner(self) -> dict[str, str]:
        """The headers of a partner of the province 02."""
        return self.world.as_("partner@02", user_id=self.partner_id)

    async def hear(self, *events: Event | Envelope) -> list[Envelope]:
        """Handle events as if they had just arrived together."""
        envelopes = [event if isinstance(event, Envelope) else envelope(event) for event in events]
        async with self.client.runtime.database.transaction() as db:
            await self.client.runtime.consumers.handle(db, envelopes)
        return envelopes

    async def order(self, url: str, **changes: Any) -> Response:
        """The partner asks for a subscription."""
        body = {"url": url, "event_types": [ResultPublished.TYPE], "area_code": "02", **changes}
        return await self.http.post(f"{API}/subscriptions", json=body, headers=self.partner)

    async def subscribe(self, url: str, **changes: Any) -> dict[str, Any]:
        """The partner subscribes."""
        answer = await self.order(url, **changes)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def deliver(self) -> int:
        """Try all deliveries that are due."""
        return await deliver_due(self.client.runtime)

    async def make_due(self) -> None:
        """Let the time of every retry come."""
        await self.sql("UPDATE delivery SET next_attempt_at = now() WHERE status = 'pending'")

    async def sql(self, statement: str, **values: Any) -> None:
        """Change what time would change."""
        async with self.client.runtime.database.transaction() as db:
            await db.execute(text(statement), values)

    async def deliveries(self, subscription: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        """The subscription's deliveries as the partner sees them."""
        return await self.items(f"/subscriptions/{subscription['id']}/deliveries", self.partner, **query)

    async def inbox(self, *grants: str, user_id: UUID | None = None, **query: Any) -> list[dict[str, Any]]:
        """The messages of a reader."""
        return await self.items("/inbox", self.world.as_(*grants, user_id=user_id), **query)

    async def items(self, path: str, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
        """The first page of a list."""
        answer = await self.http.get(f"{API}{path}", headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@pytest.fixture
async def notify(world: World) -> Notify:
    """The service, knowing some areas."""
    service = Notify(world, await world.start("notify"))
    await service.hear(*(area(code) for code in AREAS))
    return service


@pytest.fixture(scope="session")
async def one_receiver() -> AsyncIterator[Receiver]:
    """The server behind `receiver`, started once."""
    async with receiving() as running:
        yield running


@pytest.fixture
async def receiver(one_receiver: Receiver) -> AsyncIterator[Receiver]:
    """A partner's receiver that has got nothing yet."""
    one_receiver.forget()
    yield one_receiver
    one_receiver.released.set()
