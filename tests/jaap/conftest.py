"""What tests of the jaap service start from: units, results, a plan, actions."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.jaap.actions.schemas import ActionCreate
from shared.events import Envelope, Event, decode, encode, new_identity
from shared.events.budget import AllocationMade, AllocationReleased
from shared.events.registry import UnitChanged
from shared.events.scorecard import IndicatorResult, ResultPublished, ResultWithdrawn
from tests.world import Client, World

API = "/api/jaap/v1"
COMMUNE, HEALTH_CENTRE = "020103", "HC-020103-1"
ROUND = UUID("0199f3a2-0000-7000-8000-000000000001")
INDICATORS = ("waiting", "medicine", "respect", "fees")

E = TypeVar("E", bound=Event)


class Told(Protocol):
    """`await told(ActionChanged)`: the events of a type that the service has emitted, in order."""

    async def __call__(self, kind: type[E]) -> list[E]: ...


Tell = Callable[..., Awaitable[None]]
Propose = Callable[..., Awaitable[dict[str, Any]]]


def envelope(event: Event) -> Envelope:
    """An event as it arrives, with an identity of its own."""
    event_id, time = new_identity()
    return decode(encode(event, event_id=event_id, time=time, traceparent=""))


def unit(code: str = HEALTH_CENTRE, area_code: str = COMMUNE) -> UnitChanged:
    """A unit of the registry."""
    return UnitChanged(
        id=uuid4(),
        code=code,
        kind="health_centre",
        area_code=area_code,
        name_km="មណ្ឌលសុខភាព",
        name_en="Health centre",
        status="open",
        version=1,
    )


def result(*weakest: str, **changes: Any) -> ResultPublished:
    """A published result of the health centre whose weakest indicators are these."""
    values: dict[str, Any] = {
        "result_id": uuid4(),
        "round_id": ROUND,
        "year": 2026,
        "unit_code": HEALTH_CENTRE,
        "unit_kind": "health_centre",
        "unit_name_km": "មណ្ឌលសុខភាព",
        "unit_name_en": "Health centre",
        "area_code": COMMUNE,
        "version": 1,
        "participants": 40,
        "suppressed": False,
        "indicators": [
            IndicatorResult(
                code=code, label_km=f"{code} km", label_en=code, n=40, median=2.0, mean=2.4, self_score=4, gap=-2.0
            )
            for code in INDICATORS
        ],
        "weakest": list(weakest),
    }
    return ResultPublished(**(values | changes))


def withdrawal(**changes: Any) -> ResultWithdrawn:
    """The same result is public no longer."""
    values = result().model_dump(include=set(ResultWithdrawn.model_fields)) | {"reason": "Wrong unit"}
    return ResultWithdrawn(**(values | changes))


def allocation(action: dict[str, Any], amount: int, **changes: Any) -> AllocationMade:
    """Money for an action."""
    values: dict[str, Any] = {
        "allocation_id": uuid4(),
        "request_id": uuid4(),
        "action_id": action["id"],
        "envelope_id": uuid4(),
        "fund_source": "commune_fund",
        "year": action["year"],
        "area_code": action["area_code"],
        "amount": amount,
    }
    return AllocationMade(**(values | changes))


def release(made: AllocationMade) -> AllocationReleased:
    """The same money taken back."""
    return AllocationReleased(**made.model_dump(), reason="not needed")


def content(**changes: Any) -> dict[str, Any]:
    """An action as a client proposes it."""
    values = {name: field.examples[0] for name, field in ActionCreate.model_fields.items() if field.examples}
    return {name: value for name, value in (values | changes).items() if value is not None}


@pytest.fixture
async def jaap(world: World) -> Client:
    """The service, started."""
    return await world.start("jaap")


@pytest.fixture
async def tell(jaap: Client) -> Tell:
    """Let the service handle events, all in one transaction: `await tell(result("waiting"), unit())`."""

    async def handle(*events: Event | Envelope) -> None:
        envelopes = [event if isinstance(event, Envelope) else envelope(event) for event in events]
        async with jaap.runtime.database.transaction() as db:
            await jaap.runtime.consumers.handle(db, envelopes)

    return handle


@pytest.fixture
async def told(jaap: Client) -> Told:
    """What the service has emitted."""

    async def read(kind: type[E]) -> list[E]:
        async with jaap.runtime.database.transaction() as db:
            bodies = (await db.scalars(text("SELECT body FROM outbox ORDER BY seq"))).all()
        return [event for body in bodies if isinstance(event := decode(body).event, kind)]

    return read


@pytest.fixture
async def plan(jaap: Client, tell: Tell) -> dict[str, Any]:
    """The commune's plan of 2026, with two weak indicators of its health centre."""
    await tell(unit(), result("waiting", "medicine"))
    (found,) = (await jaap.http.get(f"{API}/plans")).json()["items"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
async def propose(world: World, jaap: Client, plan: dict[str, Any]) -> Propose:
    """Propose an action, and take it some steps on: `await propose("agree", "start", resources="own")`."""

    async def create(*steps: str, **changes: Any) -> dict[str, Any]:
        member = world.as_(f"jaapc@{COMMUNE}")
        answer = await jaap.http.post(f"{API}/plans/{plan['id']}/actions", json=content(**changes), headers=member)
        assert answer.status_code == 201, answer.text
        for step in steps:
            answer = await jaap.http.post(f"{API}/actions/{answer.json()['id']}:{step}", headers=member)
            assert answer.status_code == 200, answer.text
        action: dict[str, Any] = answer.json()
        return action

    return create
