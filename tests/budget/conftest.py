"""The budget service with a few areas, and short ways to do what its tests do often."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response

from shared.areas import level_of, parent_of
from shared.events import Envelope, Event, encode
from shared.events.jaap import ActionChanged, FundingRequested
from shared.events.registry import AreaChanged
from tests.world import Client, World

API = "/api/budget/v1"
YEAR = 2027
AREAS = ("02", "0203", "020301", "020302", "0204", "020401", "03", "0301", "030101")


@dataclass
class Budget:
    """The started service in a test's hands."""

    world: World
    client: Client

    @property
    def http(self) -> AsyncClient:
        """Its HTTP face."""
        return self.client.http

    async def hear(self, *events: Event, ids: list[UUID] | None = None) -> None:
        """Handle events as if they had just arrived together."""
        envelopes = [
            envelope(event, event_id) for event, event_id in zip(events, ids or [uuid4() for _ in events], strict=True)
        ]
        async with self.client.runtime.database.transaction() as db:
            await self.client.runtime.consumers.handle(db, envelopes)

    async def ask(self, amount: int, area_code: str = "020301", **fields: Any) -> FundingRequested:
        """An action asks for money."""
        event = funding_requested(amount, area_code, **fields)
        await self.hear(event)
        return event

    async def envelope(self, amount: int, area_code: str = "0203", **fields: Any) -> dict[str, Any]:
        """A body sets money aside."""
        answer = await self.http.post(
            f"{API}/envelopes", json=envelope_body(amount, area_code, **fields), headers=self.world.as_("ncdds@")
        )
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def allocate(
        self, request: FundingRequested, envelope: dict[str, Any], amount: int, *, by: str = "ncdds@", **fields: Any
    ) -> Response:
        """An officer gives money of an envelope to a request."""
        body = {"request_id": str(request.request_id), "envelope_id": envelope["id"], "amount": amount, **fields}
        return await self.http.post(f"{API}/allocations", json=body, headers=self.world.as_(by))

    async def read(self, path: str, *grants: str) -> Any:
        """What a reader gets."""
        answer = await self.http.get(f"{API}{path}", headers=self.world.as_(*grants) if grants else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a type that were emitted, in their order."""
        async with self.client.runtime.database.transaction() as db:
            connection = await db.connection()
            rows = await connection.exec_driver_sql(
                "SELECT convert_from(body, 'UTF8')::jsonb -> 'data' FROM outbox WHERE subject LIKE $1 ORDER BY seq",
                (f"isaf.budget.{kind}.v1.%",),
            )
            return [row[0] for row in rows]


@pytest.fixture
async def budget(world: World) -> Budget:
    """The service with areas and a fiscal year."""
    service = Budget(world, await world.start("budget"))
    await service.hear(*(area_changed(code) for code in AREAS))
    answer = await service.http.post(
        f"{API}/fiscal-years",
        json={"year": YEAR, "riel_per_usd": 4000, "rate_date": "2027-01-01"},
        headers=world.as_("ncdds@"),
    )
    assert answer.status_code == 201, answer.text
    return service


def envelope(event: Event, event_id: UUID | None = None) -> Envelope:
    """An event as it arrives."""
    identity, time = event_id or uuid4(), datetime.now(UTC)
    body = encode(event, event_id=identity, time=time, traceparent="")
    return Envelope(identity, event.TYPE, time, None, event, body)


def area_changed(code: str, **fields: Any) -> AreaChanged:
    """The registry tells of an area."""
    facts = {
        "id": uuid4(),
        "code": code,
        "level": level_of(code),
        "parent_code": parent_of(code) or None,
        "name_km": f"តំបន់ {code}",
        "name_en": f"Area {code}",
        "status": "open",
        "version": 1,
    }
    return AreaChanged.model_validate(facts | fields)


def funding_requested(amount: int, area_code: str = "020301", **fields: Any) -> FundingRequested:
    """Jaap tells that an action asks for money."""
    facts = {
        "request_id": uuid4(),
        "action_id": uuid4(),
        "plan_id": uuid4(),
        "year": YEAR,
        "area_code": area_code,
        "title_km": "ជួសជុលអណ្តូងទឹក",
        "title_en": "Repair the well",
        "amount": amount,
        "requested_by": uuid4(),
    }
    return FundingRequested.model_validate(facts | fields)


def action_changed(action_id: UUID, status: str = "dropped", **fields: Any) -> ActionChanged:
    """Jaap tells that an action took a step."""
    facts = {
        "action_id": action_id,
        "plan_id": uuid4(),
        "year": YEAR,
        "area_code": "020301",
        "number": 1,
        "title_km": "ជួសជុលអណ្តូងទឹក",
        "title_en": "Repair the well",
        "previous_status": "agreed",
        "status": status,
        "cost": 1_000_000,
        "funded_amount": 0,
        "drop_reason": "The well was repaired by the school." if status == "dropped" else None,
    }
    return ActionChanged.model_validate(facts | fields)


def envelope_body(amount: int, area_code: str = "0203", **fields: Any) -> dict[str, Any]:
    """A request to open an envelope."""
    body = {
        "kind": "administration",
        "area_code": area_code,
        "name_km": f"រដ្ឋបាល {area_code}",
        "name_en": f"Administration of {area_code or 'the nation'}",
    }
    return {"year": YEAR, "fund_source": "district_fund", "body": body, "amount": amount, **fields}
