"""Importing a file of boundaries or points: what it would do, and doing it."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from services.registry.boundaries.documents import rebuild
from services.registry.boundaries.matching import Candidate, Matches, match_features
from services.registry.boundaries.models import AreaShape, MapLayer, MatchBy, Shape
from services.registry.boundaries.preparing import Feature, File, Prepared, ShapeLine
from shared.areas import Level

ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('registry.boundaries'))")
PATIENCE = text("SET LOCAL idle_in_transaction_session_timeout = '5min'")
"""The transaction waits while the file is being read."""
CANDIDATES = text(
    """
    SELECT area.id, area.code, coalesce(area.parent_code, '') AS parent_code,
           replace(place_words(area.name_km), ' ', '') AS km, replace(place_words(area.name_en), ' ', '') AS en,
           replace(place_words(above.name_km), ' ', '') AS above_km,
           replace(place_words(above.name_en), ' ', '') AS above_en
    FROM area LEFT JOIN area AS above ON above.code = area.parent_code AND above.status = 'open'
    WHERE area.level = :level AND area.status = 'open'
    ORDER BY area.code, area.id
    """
)
KEYS = text(
    "SELECT given, replace(place_words(given), ' ', '') AS key FROM unnest(CAST(:given AS text[])) AS name (given)"
)
FORGET = text("DELETE FROM map_layer WHERE shape = :shape AND level = :level")
GIVEN_POINTS = text("SELECT EXISTS (SELECT FROM map_layer WHERE shape = 'point' AND level = :level AND NOT derived)")
STANDING = text(
    "SELECT source, licence, imported_at, etag, features FROM map_layer WHERE shape = :shape AND level = :level"
)
NOTHING = b""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the file comes from and what may be done with it; shown with the document for ever."""

    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do to a level."""

    level: Level
    prepared: Prepared
    matches: Matches
    repeated: dict[int, Candidate]
    missing: Sequence[Candidate]
    replaces: dict[str, Any] | None
    digest: str

    @property
    def flawed(self) -> list[Feature]:
        """Features whose geometry cannot be used; those that are no area do not matter, unless none is."""
        areas = self.matches.areas
        return [one for one in self.prepared.features if one.flaw and (one.row in areas or not areas)]

    @property
    def usable(self) -> dict[int, Candidate]:
        """The area of each feature, by row, that would be imported."""
        flawed = {feature.row for feature in self.prepared.features if feature.flaw}
        return {row: area for row, area in self.matches.areas.items() if row not in flawed}

    @property
    def applicable(self) -> bool:
        """Whether it may be applied: no flaw, no area twice, and something to import."""
        return bool(self.usable) and not self.flawed and not self.repeated


async def begin(db: AsyncSession) -> bool:
    """Make ready for one import at a time; False when another is under way."""
    await db.execute(PATIENCE)
    return bool(await db.scalar(ALONE))


async def make_plan(
    db: AsyncSession, file: File, prepared: Prepared, *, level: Level, match: MatchBy, origin: Origin
) -> Plan:
    """Find out which feature is which area, and what is left over on either side."""
    candidates = [_candidate(row) for row in await db.execute(CANDIDATES, {"level": level})]
    keys = await _keys(db, prepared.features)
    matches = match_features(prepared.features, candidates, keys, by=match, level=level)
    found = (await db.execute(STANDING, {"shape": prepared.shape, "level": level})).mappings().one_or_none()
    replaces = dict(found) if found else None
    missing = matches.missing(candidates)
    parts = [
        file.digest, level, match, origin.source, origin.licence, prepared.properties.model_dump(),
        [(row, str(area.id)) for row, area in matches.areas.items()], [str(area.id) for area in missing],
        replaces["etag"] if replaces else None,
    ]  # fmt: skip
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
    return Plan(level, prepared, matches, matches.repeated(), missing, replaces, digest)


async def apply_plan(db: AsyncSession, file: File, plan: Plan, origin: Origin) -> None:
    """Put the file's shapes in the place of the level's, and make the documents."""
    shapes: list[Shape] = [plan.prepared.shape]
    if plan.prepared.shape == "boundary" and not await db.scalar(GIVEN_POINTS, {"level": plan.level}):
        shapes.append("point")
    for shape in shapes:
        await forget(db, shape, plan.level)
        derived = shape != plan.prepared.shape
        layer = MapLayer(
            shape=shape, level=plan.level, source=origin.source, licence=origin.licence, derived=derived,
            position=0, etag="", features=0, size=0, document=NOTHING,
        )  # fmt: skip
        db.add(layer)
        await db.flush()
        db.expunge(layer)
    batches = file.shapes()
    while batch := await asyncio.to_thread(next, batches, None):
        for shape in shapes:
            rows = list(_rows(shape, shape != plan.prepared.shape, batch, plan))
            if rows:
                await db.execute(insert(AreaShape), rows)
    for shape in shapes:
        await rebuild(db, shape, plan.level)


async def forget(db: AsyncSession, shape: Shape, level: Level) -> bool:
    """Take a level's shapes and document away; False when there were none."""
    result = await db.execute(FORGET.bindparams(shape=shape, level=level))
    return bool(getattr(result, "rowcount", 0))


def _rows(shape: Shape, derived: bool, batch: Iterable[ShapeLine], plan: Plan) -> Iterable[dict[str, Any]]:
    areas = plan.usable
    for line in batch:
        if line.row in areas:
            web = line.inside if derived else line.web
            original = None if derived else line.original
            yield {
                "shape": shape, "level": plan.level, "area_id": areas[line.row].id, "original": original, "web": web,
            }  # fmt: skip


async def _keys(db: AsyncSession, features: Sequence[Feature]) -> dict[str, str]:
    given = {name for feature in features for name in (*feature.names, feature.parent) if name}
    return {row.given: row.key for row in await db.execute(KEYS, {"given": sorted(given)})}


def _candidate(row: Any) -> Candidate:
    area_id: UUID = row.id
    return Candidate(
        area_id, row.code, row.parent_code,
        names=frozenset({row.km, row.en} - {""}),
        parent_names=frozenset({row.above_km, row.above_en} - {None, ""}),
    )  # fmt: skip


async def levels_of(db: AsyncSession, shape: Shape) -> list[Level]:
    """The levels of which there is a map."""
    return list(await db.scalars(select(col(MapLayer.level)).where(col(MapLayer.shape) == shape)))
