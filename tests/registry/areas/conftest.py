"""Short ways to change areas in tests."""

from typing import Any

import pytest

from tests.registry.conftest import Registry

LAW: dict[str, Any] = {"effective_on": "2026-03-01", "legal_reference": "Sub-decree 123 ANKR.BK, 2026-02-11"}
NAMES: dict[str, Any] = {"name_km": "ថ្មី", "name_en": "New"}
WRITER = "ncdds@"


class Areas:
    """The areas of a started registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    async def id_of(self, code: str) -> str:
        """The id of the area that bears a code now."""
        return str((await self.registry.get(f"/areas/{code}")).json()["id"])

    async def open_codes(self, **params: str) -> list[str]:
        """The codes of the open areas."""
        return [area["code"] for area in await self.registry.all_pages("/areas", **params)]

    async def order(self, path: str, expected: int = 201, **body: Any) -> dict[str, Any]:
        """Send an order, effective on 2026-03-01 if nothing else is said."""
        answer = await self.registry.post(path, WRITER, json=LAW | body)
        assert answer.status_code == expected, answer.text
        return dict(answer.json())

    async def of(self, code: str, verb: str, expected: int = 201, **body: Any) -> dict[str, Any]:
        """Send an order about the area of a code."""
        return await self.order(f"/areas/{await self.id_of(code)}:{verb}", expected, **body)

    async def open(self, code: str, **body: Any) -> dict[str, Any]:
        """Open an area."""
        return await self.order("/areas", **({"code": code, "parent_code": code[:-2] or None} | NAMES | body))

    async def merge(self, codes: list[str], expected: int = 201, **body: Any) -> dict[str, Any]:
        """Merge areas into the first of them."""
        ids = [await self.id_of(code) for code in codes]
        into = {} if "into" in body else {"survivor_id": ids[0]}
        return await self.order("/areas:merge", expected, **({"area_ids": ids} | into | body))

    async def became(self, code: str, since: str = "2025-06-30", **params: str) -> list[str]:
        """What the crosswalk says became of a code (or what it came from)."""
        answer = await self.registry.get(f"/crosswalk/{code}", params={"from": since} | params)
        assert answer.status_code == 200, answer.text
        return sorted(item["code"] for crossing in answer.json()["crossings"] for item in crossing["items"])


@pytest.fixture
async def areas(registry: Registry) -> Areas:
    """The areas of a started registry."""
    return Areas(registry)
