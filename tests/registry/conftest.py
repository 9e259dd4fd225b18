"""The registry with a few areas, and short ways to do what its tests do often."""

from asyncio import Task
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas.models import Area
from services.registry.areas.periods import begin_periods
from shared.areas import level_of, parent_of
from shared.auth import access
from tests.world import Client, World

API = "/api/registry/v1"
AREAS = ("02", "0202", "020201", "020202", "02020101", "0203", "020301", "03", "0301", "030101")
PASSWORD = "correct horse battery"
OPERATOR = UUID("00000000-0000-4000-8000-000000000001")


@dataclass
class Registry:
    """The started service in a test's hands."""

    world: World
    client: Client

    async def get(self, path: str, *grants: str, **options: Any) -> Response:
        """Read as somebody; as nobody without grants."""
        return await self.client.http.get(f"{API}{path}", headers=self._headers(grants, None), **options)

    async def post(self, path: str, *grants: str, user_id: UUID | None = None, **options: Any) -> Response:
        """Send as somebody."""
        headers = self._headers(grants, user_id) | options.pop("headers", {})
        return await self.client.http.post(f"{API}{path}", headers=headers, **options)

    async def patch(self, path: str, *grants: str, etag: str | None = None, **options: Any) -> Response:
        """Change as somebody."""
        headers = self._headers(grants, None) | ({"If-Match": etag} if etag else {})
        return await self.client.http.patch(f"{API}{path}", headers=headers, **options)

    async def delete(self, path: str, *grants: str, user_id: UUID | None = None) -> Response:
        """Delete as somebody."""
        return await self.client.http.delete(f"{API}{path}", headers=self._headers(grants, user_id))

    async def unit(self, kind: str = "health_centre", area: str = "020201", **more: Any) -> dict[str, Any]:
        """Register a unit."""
        body = {"kind": kind, "area_code": area, "name_km": "មណ្ឌលសុខភាព", "name_en": "Health centre"} | more
        answer = await self.post("/units", "operator@", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def person(self, *grants: str, username: str = "sok.dara") -> dict[str, Any]:
        """Make a person's account."""
        body = {"kind": "person", "username": username, "password": PASSWORD, "display_name": "Sok Dara"}
        return await self._account(body, grants)

    async def system(self, *grants: str) -> dict[str, Any]:
        """Make a client's account."""
        return await self._account({"kind": "client", "display_name": "Partner"}, grants)

    async def token(self, **form: str) -> Response:
        """Ask for a token."""
        return await self.client.http.post(f"{API}/token", data=form)

    async def sign_in(self, username: str = "sok.dara", password: str = PASSWORD) -> Response:
        """Sign in with a password."""
        return await self.token(grant_type="password", username=username, password=password)

    async def all_pages(self, path: str, *grants: str, **params: str | int) -> list[dict[str, Any]]:
        """Every item of a list, read page by page."""
        items: list[dict[str, Any]] = []
        while True:
            page = (await self.get(path, *grants, params=params)).json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            params["cursor"] = page["next_cursor"]

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the database holds."""
        async with self.client.runtime.database.transaction() as db:
            return list(await db.execute(text(statement), values))

    async def execute(self, statement: str, **values: Any) -> None:
        """Change what the database holds, as time would."""
        async with self.client.runtime.database.transaction() as db:
            await db.execute(text(statement), values)

    async def _account(self, body: dict[str, Any], grants: tuple[str, ...]) -> dict[str, Any]:
        answer = await self.post(
            "/accounts", "operator@", user_id=OPERATOR, json=body | {"grants": [grant(text) for text in grants]}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def _headers(self, grants: tuple[str, ...], user_id: UUID | None) -> dict[str, str]:
        return self.world.as_(*grants, user_id=user_id) if grants else {}


def grant(text_form: str) -> dict[str, str]:
    """The request's form of a grant: `grant("caf@020201")`."""
    role, _, place = text_form.partition("@")
    area, _, unit = place.partition("/")
    return {"role": role, "area_code": area} | ({"unit_code": unit} if unit else {})


async def add_areas(db: AsyncSession, *codes: str) -> None:
    """Areas with names made of their codes."""
    for code in codes:
        db.add(
            Area(
                code=code,
                level=level_of(code),
                parent_code=parent_of(code) or None,
                name_km=f"តំបន់ {code}",
                name_en=f"Area {code}",
                valid_from=date(2025, 1, 1),
            )
        )
    await db.flush()
    await begin_periods(db)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request reads what has been revoked since the last."""
    monkeypatch.setattr(access, "READ_EVERY_SECONDS", 0)


@pytest.fixture
async def registry(world: World) -> Registry:
    """The registry over a handful of areas."""
    client = await world.start("registry")
    async with client.runtime.database.transaction() as db:
        await add_areas(db, *AREAS)
    return Registry(world, client)


async def until_waiting(registry: Registry, *tasks: Task[Any], number: int = 1) -> None:
    """Let tasks run until so many sessions of the database wait for a lock, or all of the tasks are done."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not all(task.done() for task in tasks) and len(await registry.rows(waiting)) < number:
        pass
