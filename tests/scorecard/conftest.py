"""What tests of the scorecard service start from: areas, units, an open round, ballots."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response
from sqlalchemy import text

from services.scorecard.counting.worker import count_all
from shared.areas import level_of, parent_of
from shared.events import Envelope, Event, decode, encode, new_identity
from shared.events.registry import AreaChanged, UnitChanged, UnitKind
from tests.world import Client, World

API = "/api/scorecard/v1"
AREAS = ("02", "0203", "020301", "02030101", "020302", "02030201", "0204", "020401", "12", "1201", "120101")
CENTRE, SCHOOL, OFFICE = "HC-020301-1", "PS-020301-1", "CA-020301"
FAR_CENTRE = "HC-120101-1"
UNITS: dict[str, UnitKind] = {
    CENTRE: "health_centre",
    SCHOOL: "primary_school",
    OFFICE: "commune_administration",
    "HC-020302-1": "health_centre",
    "HC-020401-1": "health_centre",
    FAR_CENTRE: "health_centre",
}
FOURS = [4] * 10
CAF, OTHER_CAF = "caf@020301", "caf@020302"
OFFICER, OTHER_OFFICER = "district_officer@0203", "district_officer@0204"
NCDDS, PROVINCE = "ncdds@", "province_officer@02"
PROVIDER = f"provider@020301/{CENTRE}"


def area(code: str, **changes: Any) -> AreaChanged:
    """An area as the registry tells of it."""
    values: dict[str, Any] = {
        "id": uuid4(),
        "code": code,
        "level": level_of(code),
        "parent_code": parent_of(code) or None,
        "name_km": f"តំបន់ {code}",
        "name_en": f"Area {code}",
        "status": "open",
        "version": 1,
    }
    return AreaChanged(**(values | changes))


def unit(code: str, kind: UnitKind, **changes: Any) -> UnitChanged:
    """A unit as the registry tells of it; its code says where it sits."""
    values: dict[str, Any] = {
        "id": uuid4(),
        "code": code,
        "kind": kind,
        "area_code": code.split("-")[1],
        "name_km": f"អង្គភាព {code}",
        "name_en": f"Unit {code}",
        "status": "open",
        "version": 1,
    }
    return UnitChanged(**(values | changes))


def envelope(event: Event) -> Envelope:
    """An event as it arrives."""
    event_id, time = new_identity()
    return decode(encode(event, event_id=event_id, time=time, traceparent=""))


@dataclass
class Scorecard:
    """The service with what tests do all the time."""

    world: World
    client: Client
    round_id: str = ""

    def as_(self, *grants: str, user_id: UUID | None = None) -> dict[str, str]:
        """Request headers of a caller."""
        return self.world.as_(*grants, user_id=user_id)

    async def tell(self, *events: Event) -> None:
        """Handle other services' events."""
        async with self.client.runtime.database.transaction() as db:
            await self.client.runtime.consumers.handle(db, [envelope(event) for event in events])

    async def told(self, kind: type[Event]) -> list[dict[str, Any]]:
        """The events of a type that the service has emitted, in order."""
        async with self.client.runtime.database.transaction() as db:
            bodies = (await db.scalars(text("SELECT body FROM outbox ORDER BY seq"))).all()
        events = [decode(body).event for body in bodies]
        return [event.model_dump(mode="json") for event in events if isinstance(event, kind)]

    async def count(self, rows: str) -> int:
        """How many rows a table has: `await scorecard.count("ballot WHERE sex = 'male'")`."""
        async with self.client.runtime.database.transaction() as db:
            number: int = await db.scalar(text(f"SELECT count(*) FROM {rows}"))  # noqa: S608 - the test's own words
        return number

    async def count_all(self) -> None:
        """Let the worker count all that waits."""
        await count_all(self.client.runtime.settings.database_url)

    async def get(self, path: str, *grants: str, **params: Any) -> Response:
        """GET, as a caller with grants or as nobody."""
        return await self.client.http.get(API + path, params=params, headers=self.as_(*grants) if grants else {})

    async def post(self, path: str, body: Any = None, *grants: str, **headers: str) -> Response:
        """POST, as a caller with grants or as nobody."""
        return await self.client.http.post(
            API + path, json=body, headers=headers | (self.as_(*grants) if grants else {})
        )

    async def plan(self, **changes: Any) -> dict[str, Any]:
        """A planned round over province 02."""
        body = {"year": 2026, "title_km": "ជុំទី១", "title_en": "First round", "area_codes": ["02"]} | changes
        answer = await self.post("/rounds", body, NCDDS)
        assert answer.status_code == 201, answer.text
        planned: dict[str, Any] = answer.json()
        self.round_id = planned["id"]
        return planned

    async def open(self, **changes: Any) -> str:
        """An open round over province 02; its id."""
        await self.plan(**changes)
        answer = await self.post(f"/rounds/{self.round_id}:open", None, NCDDS)
        assert answer.status_code == 200, answer.text
        return self.round_id

    async def close(self) -> None:
        """Close the round."""
        assert (await self.post(f"/rounds/{self.round_id}:close", None, NCDDS)).status_code == 200

    def ballot(self, unit_code: str = CENTRE, **changes: Any) -> dict[str, Any]:
        """A ballot as a facilitator sends it."""
        body = {
            "id": str(uuid4()),
            "round_id": self.round_id,
            "unit_code": unit_code,
            "scores": FOURS,
            "sex": "female",
            "age_group": "adult",
        }
        return body | changes

    async def token(self, unit_code: str = CENTRE) -> str:
        """What the unit's QR code carries."""
        answer = await self.get(f"/rounds/{self.round_id}/units/{unit_code}/ballot-link", NCDDS)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["ballot_token"]
        return token

    async def cast(self, number: int, unit_code: str = CENTRE, **changes: Any) -> None:
        """So many ballots of one kind."""
        ballots = [self.ballot(unit_code, **changes) for _ in range(number)]
        answer = await self.post("/ballots:batch", {"ballots": ballots}, f"caf@{unit_code.split('-')[1]}")
        assert answer.json()["accepted"] == number, answer.text

    async def submit(self, unit_code: str = CENTRE, caf: str = "caf@", user_id: UUID | None = None) -> Response:
        """End the unit's scoring."""
        path = f"{API}/rounds/{self.round_id}/units/{unit_code}:submit"
        return await self.client.http.post(path, headers=self.as_(caf, user_id=user_id))

    async def publish(self, unit_code: str = CENTRE, officer: str = NCDDS, user_id: UUID | None = None) -> Response:
        """Publish the unit's result."""
        path = f"{API}/rounds/{self.round_id}/units/{unit_code}:publish"
        return await self.client.http.post(path, headers=self.as_(officer, user_id=user_id))

    async def submit_and_publish(self, unit_code: str = CENTRE) -> dict[str, Any]:
        """The unit's published result."""
        assert (await self.submit(unit_code)).status_code == 200
        answer = await self.publish(unit_code)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result


@pytest.fixture
async def scorecard(world: World) -> Scorecard:
    """The service, knowing some areas and units."""
    service = Scorecard(world, await world.start("scorecard"))
    await service.tell(*(area(code) for code in AREAS), *(unit(code, kind) for code, kind in UNITS.items()))
    return service
