"""Short ways to record facilitators."""

from typing import Any

import pytest

from tests.registry.areas.conftest import Areas
from tests.registry.conftest import Registry

CLERK, OFFICER, NCDDS = "commune_clerk@020201", "district_officer@0202", "ncdds@"
MOM: dict[str, Any] = {
    "name": "សុខ ស្រីមុំ", "sex": "female", "birth_year": 1988, "phone": "០១២ ៣៤៥ ៦៧៨", "area_code": "020201",
    "village_code": "02020101", "term_from": "2026-01-05", "term_until": "2999-12-31", "chosen_by": "election",
}  # fmt: skip


class Cafs:
    """Records facilitators."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    async def make(self, *grants: str, **changes: Any) -> dict[str, Any]:
        """Record one."""
        answer = await self.registry.post("/cafs", *(grants or (NCDDS,)), json=MOM | changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def elsewhere(self, area_code: str = "020202", **changes: Any) -> dict[str, Any]:
        """Record one of a commune without villages."""
        return await self.make(area_code=area_code, village_code=None, **changes)

    async def organisation(self, short_name: str = "CARE") -> str:
        """The id of an organisation that the strategy names."""
        found = (await self.registry.get(f"/organisations?q={short_name}")).json()["items"]
        return str(found[0]["id"])


@pytest.fixture
async def cafs(registry: Registry) -> Cafs:
    """A registry in which facilitators are recorded."""
    return Cafs(registry)


@pytest.fixture
async def areas(registry: Registry) -> Areas:
    """The areas of a started registry."""
    return Areas(registry)
