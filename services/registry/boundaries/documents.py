"""The document of a level: made once after an import or a change of its areas, then read as one row."""

import asyncio
import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.boundaries.models import Shape
from shared.areas import Level, prefix_range

STATE = text(
    """
    SELECT position, etag, (SELECT coalesce(max(seq), 0) FROM change) AS now
    FROM map_layer WHERE shape = :shape AND level = :level
    """
)
LOCK = text("SELECT position FROM map_layer WHERE shape = :shape AND level = :level FOR UPDATE")
AREAS_CHANGED = text(
    """
    SELECT EXISTS (
        SELECT FROM change JOIN area ON area.id = CASE WHEN kind = 'area' THEN CAST(entity_id AS uuid) END
        WHERE kind = 'area' AND seq > :position AND level = :level)
    """
)
STAMP = text("UPDATE map_layer SET position = :now WHERE shape = :shape AND level = :level")
STORE = text(
    """
    UPDATE map_layer SET position = :now, etag = :etag, features = :features, size = :size, document = :document
    WHERE shape = :shape AND level = :level
    """
)
DOCUMENT = text("SELECT etag, document FROM map_layer WHERE shape = :shape AND level = :level")
ABOUT = text("SELECT source, licence FROM map_layer WHERE shape = :shape AND level = :level")
FEATURES = """
    SELECT area.id, code, name_km, name_en, version, web
    FROM area_shape JOIN area ON area.id = area_id
    WHERE shape = :shape AND area_shape.level = :level AND status = 'open' {within}
    ORDER BY code, area.id
"""
WITHIN = """
    AND CASE WHEN starts_with(code, coalesce(parent_code, '')) THEN code ELSE parent_code END >= :low
    AND CASE WHEN starts_with(code, coalesce(parent_code, '')) THEN code ELSE parent_code END < :high
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A FeatureCollection, compressed; the tag is of what it says."""

    etag: str
    compressed: bytes


async def refresh(db: AsyncSession, shape: Shape, level: Level) -> str | None:
    """The document's tag, after making it anew where areas of its level have changed; None when there is none."""
    key = {"shape": shape, "level": level}
    state = (await db.execute(STATE, key)).one_or_none()
    if state is None or state.position == state.now:
        return state.etag if state else None
    await db.execute(LOCK, key)
    state = (await db.execute(STATE, key)).one_or_none()
    if state is None:
        return None
    anew = state.position > state.now  # the registry was restored from a backup
    if anew or await db.scalar(AREAS_CHANGED, {"position": state.position, "level": level}):
        return await rebuild(db, shape, level)
    await db.execute(STAMP, key | {"now": state.now})
    return str(state.etag)


async def read_document(db: AsyncSession, shape: Shape, level: Level) -> Document:
    """The document of a level, which is there and fresh (see refresh)."""
    row = (await db.execute(DOCUMENT, {"shape": shape, "level": level})).one()
    return Document(row.etag, row.document)


async def rebuild(db: AsyncSession, shape: Shape, level: Level) -> str:
    """Make the document of a level from its shapes and the areas as they are; the layer's row is locked."""
    key = {"shape": shape, "level": level}
    now = (await db.execute(STATE, key)).one().now
    body, features = await _collection(db, shape, level)
    etag, compressed = await asyncio.to_thread(_compress, body)
    values = {"now": now, "etag": etag, "features": features, "size": len(body), "document": compressed}
    await db.execute(STORE, key | values)
    return etag


async def read_part(db: AsyncSession, shape: Shape, level: Level, area: str) -> Document:
    """The part of a level that lies in an area."""
    body, _ = await _collection(db, shape, level, area)
    return Document(*await asyncio.to_thread(_compress, body))


async def _collection(db: AsyncSession, shape: Shape, level: Level, area: str = "") -> tuple[bytes, int]:
    key: dict[str, Any] = {"shape": shape, "level": level}
    about = (await db.execute(ABOUT, key)).mappings().one()
    low, high = prefix_range(area)
    statement = text(FEATURES.format(within=WITHIN if area else ""))
    rows = (await db.execute(statement, key | ({"low": low, "high": high} if area else {}))).mappings().all()
    head = _json({"type": "FeatureCollection", "level": level, "source": about["source"], "licence": about["licence"]})
    features = ",".join(_feature(row) for row in rows)
    return f'{head[:-1]},"features":[{features}]}}'.encode(), len(rows)


def _feature(row: RowMapping) -> str:
    named = {name: row[name] for name in ("code", "name_km", "name_en", "version")}
    properties = _json({"id": str(row["id"])} | named)
    return f'{{"type":"Feature","id":"{row["id"]}","properties":{properties},"geometry":{row["web"]}}}'


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _compress(body: bytes) -> tuple[str, bytes]:
    """The tag and the compressed form; the same body always gives the same."""
    return hashlib.sha256(body).hexdigest()[:32], gzip.compress(body, 6, mtime=0)
