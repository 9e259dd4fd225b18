"""Reading maps of areas, and importing them."""

import asyncio
import gzip
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.audit.queries import record
from services.registry.boundaries import refusals
from services.registry.boundaries.documents import read_document, read_part, refresh
from services.registry.boundaries.importing import Origin, apply_plan, begin, forget, levels_of, make_plan
from services.registry.boundaries.models import MapLayer, MatchBy, Shape
from services.registry.boundaries.preparing import Order, prepare, receive
from services.registry.boundaries.schemas import MapImportRead, MapRead, MapsRead, field_errors, problems_of
from shared.areas import LEVELS, AreaScope, Level
from shared.auth.permissions import Permission
from shared.auth.user import Requires, User
from shared.db import Transaction
from shared.routing import Router
from shared.schemas import without_control_characters

AreaWriter = Annotated[User, Depends(Requires(Permission.AREA_WRITE))]
Within = Annotated[AreaScope, Query(description="Only this area and what lies in it", examples=["02"])]
Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(without_control_characters),
]
Property = Annotated[str | None, Query(min_length=1, max_length=100)]
GEOJSON = "application/geo+json"
CACHE = "public, max-age=300"
"""A new map is seen within five minutes."""
BODY = {
    "requestBody": {
        "required": True,
        "description": "A FeatureCollection, at most 64 MiB; application/json will do as well",
        "content": {GEOJSON: {"schema": {"type": "object"}}},
    }
}
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A FeatureCollection with the members `source` and `licence`",
        "content": {GEOJSON: {"schema": {"type": "object"}}},
    },
    304: {"description": "As it was"},
}

router = Router(tags=["maps"])


@router.get("/boundaries")
async def list_boundaries(db: Transaction) -> MapsRead:
    """The levels of which there are boundaries, with their source and licence."""
    return await _maps(db, "boundary")


@router.get("/points")
async def list_points(db: Transaction) -> MapsRead:
    """The levels of which there are points, with their source and licence."""
    return await _maps(db, "point")


@router.get("/boundaries/{level}", response_class=Response, responses=DOCUMENT)
async def read_boundaries(level: Level, db: Transaction, request: Request, area: Within = "") -> Response:
    """The boundaries of a level as one GeoJSON document, simplified for the web; send If-None-Match to ask for news.

    Each feature has the area's id, code, names and version. Neighbours share their borders exactly.
    """
    return await _answer(db, "boundary", level, area, request)


@router.get("/points/{level}", response_class=Response, responses=DOCUMENT)
async def read_points(level: Level, db: Transaction, request: Request, area: Within = "") -> Response:
    """A point for each area of a level as one GeoJSON document: imported, or found inside its boundary."""
    return await _answer(db, "point", level, area, request)


@router.post("/boundaries:import", openapi_extra=BODY)
async def import_boundaries(
    request: Request,
    user: AreaWriter,
    db: Transaction,
    level: Level,
    source: Annotated[Said, Query(description="Who made it, and when", examples=["Department of Geography, 2024"])],
    licence: Annotated[Said, Query(description="Under which it may be published", examples=["CC BY 4.0"])],
    match: Annotated[MatchBy, Query(description="By code, or by name within the area above")] = "code",
    code_property: Property = None,
    name_property: Property = None,
    parent_property: Property = None,
    dry_run: bool = True,
    digest: Annotated[str | None, Query(max_length=64, description="Of the dry run that was reviewed")] = None,
) -> MapImportRead:
    """Import the boundaries (polygons) or points of a level in place of those that are there.

    A dry run shows what would be imported and what is odd: features without an area, areas without a feature,
    geometries that were repaired, borders that do not meet. Sent again with `dry_run=false` and its `digest` it is
    applied. Which properties hold code, names and the area above is guessed from their names, or said.
    """
    user.must_cover("")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in (GEOJSON, "application/json"):
        raise refusals.not_geojson()
    if not dry_run and digest is None:
        raise refusals.digest_required()
    origin = Origin(source, licence)
    async with receive(request) as file:
        if not await begin(db):
            raise refusals.import_under_way()
        order = Order(
            directory=str(file.directory), level=level, match=match, code_property=code_property,
            name_property=name_property, parent_property=parent_property,
        )  # fmt: skip
        plan = await make_plan(db, file, await prepare(file, order), level=level, match=match, origin=origin)
        if not dry_run:
            if plan.digest != digest:
                raise refusals.plan_changed()
            if not plan.applicable:
                raise refusals.import_refused(field_errors(problems_of(plan)))
            await apply_plan(db, file, plan, origin)
            record(
                db, "boundary", level, f"{plan.prepared.shape}_imported", by=user.id, source=origin.source,
                licence=origin.licence, features=len(plan.usable), file_sha256=file.digest,
            )  # fmt: skip
    return MapImportRead.of(plan, dry_run=dry_run)


@router.delete("/boundaries/{level}", status_code=204)
async def delete_boundaries(level: Level, user: AreaWriter, db: Transaction) -> None:
    """Take the boundaries of a level away, and the points that were found inside them."""
    user.must_cover("")
    await _delete(db, "boundary", level, user)
    points = await db.get(MapLayer, ("point", level))
    if points is not None and points.derived:
        await forget(db, "point", level)


@router.delete("/points/{level}", status_code=204)
async def delete_points(level: Level, user: AreaWriter, db: Transaction) -> None:
    """Take the points of a level away."""
    user.must_cover("")
    await _delete(db, "point", level, user)


async def _delete(db: AsyncSession, shape: Shape, level: Level, user: User) -> None:
    if not await forget(db, shape, level):
        raise refusals.layer_not_found(level)
    record(db, "boundary", level, f"{shape}_deleted", by=user.id)


async def _maps(db: AsyncSession, shape: Shape) -> MapsRead:
    present = await levels_of(db, shape)
    items = []
    for level in LEVELS:
        if level in present and await refresh(db, shape, level):
            layer = await db.get(MapLayer, (shape, level), populate_existing=True)
            if layer is not None:
                items.append(MapRead.of(layer))
    return MapsRead(items=items)


async def _answer(db: AsyncSession, shape: Shape, level: Level, area: str, request: Request) -> Response:
    """The document as the client can read it, or that it has not changed."""
    etag = await refresh(db, shape, level)
    if etag is None:
        raise refusals.layer_not_found(level)
    part = await read_part(db, shape, level, area) if area else None
    compressed = _accepts_gzip(request.headers.get("accept-encoding", ""))
    tag = _tag(part.etag if part else etag, compressed=compressed)
    headers = {"ETag": tag, "Cache-Control": CACHE, "Vary": "Accept-Encoding"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if known & {"*", tag}:
        return Response(status_code=304, headers=headers)
    document = part or await read_document(db, shape, level)
    if compressed:
        return Response(document.compressed, media_type=GEOJSON, headers=headers | {"Content-Encoding": "gzip"})
    return Response(await asyncio.to_thread(gzip.decompress, document.compressed), media_type=GEOJSON, headers=headers)


def _tag(etag: str, *, compressed: bool) -> str:
    """A strong tag says the very bytes; so the compressed form has another."""
    return f'"{etag}-gzip"' if compressed else f'"{etag}"'


def _accepts_gzip(accepted: str) -> bool:
    for entry in accepted.lower().split(","):
        coding, _, quality = entry.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
