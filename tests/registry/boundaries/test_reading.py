"""Reading maps: one document, asked for again cheaply, and right after areas change."""

import asyncio
import gzip
import json
import subprocess
import sys
from uuid import UUID

from services.registry.areas.models import Area
from services.registry.areas.telling import tell_areas
from tests.registry.boundaries.conftest import SOURCE, Maps
from tests.registry.boundaries.coverage import collection, feature, square

TWO = {"0202": square(104.0), "0203": square(104.5)}
FILE = collection(*(feature(shape, code=code) for code, shape in TWO.items()))
POINT = {"type": "Point", "coordinates": [104.1, 11.1]}
POINTS = collection(
    feature({"type": "Point", "coordinates": [104.123456789, 11.5]}, code="0202"),
    feature({"type": "Point", "coordinates": [105, 12]}, code="0301"),
)


async def rename(maps: Maps, code: str, name_en: str, *, status: str = "open") -> None:
    """Change an area as the registry's own operations do: with its version, and told."""
    async with maps.client.runtime.database.transaction() as db:
        ((area_id,),) = await maps.rows("SELECT id FROM area WHERE code = :code", code=code)
        area = await db.get_one(Area, UUID(str(area_id)))
        area.name_en, area.version, area.status = name_en, area.version + 1, status  # type: ignore[assignment]
        await db.flush()
        await tell_areas(db, [area])


async def test_anybody_reads_a_map(maps: Maps) -> None:
    await maps.put(TWO)
    answer = await maps.get("/boundaries/district")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["cache-control"].startswith("public, max-age=")
    document = answer.json()
    assert {name: document[name] for name in ("type", "level", "source", "licence")} == {
        "type": "FeatureCollection",
        "level": "district",
    } | SOURCE
    one = document["features"][0]
    assert one["properties"] == {
        "id": one["id"],
        "code": "0202",
        "name_km": "ថ្មគោល",
        "name_en": "Thma Koul",
        "version": 1,
    }
    assert one["geometry"]["type"] == "Polygon"


async def test_nothing_imported_yet(maps: Maps) -> None:
    assert (await maps.get("/boundaries/province")).json()["code"] == "map_not_found"
    assert (await maps.get("/points/province")).status_code == 404
    assert (await maps.get("/boundaries")).json() == {"items": []}
    assert (await maps.get("/boundaries/town")).status_code == 422
    assert (await maps.get("/boundaries/district", params={"area": "2"})).status_code == 422


async def test_asked_again(maps: Maps) -> None:
    await maps.put(TWO)
    first = await maps.get("/boundaries/district")
    for known in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}', "*"):
        again = await maps.client.http.get("/api/registry/v1/boundaries/district", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    stale = await maps.client.http.get("/api/registry/v1/boundaries/district", headers={"If-None-Match": '"x"'})
    assert stale.status_code == 200


async def test_compressed_or_not(maps: Maps) -> None:
    await maps.put(TWO)
    tags = {}
    for accepted, coding in (("gzip", "gzip"), ("br, *", "gzip"), ("identity", None), ("gzip;q=0", None), ("", None)):
        async with maps.client.http.stream(
            "GET", "/api/registry/v1/boundaries/district", headers={"Accept-Encoding": accepted}
        ) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
            assert answer.headers.get("content-encoding") == coding
            assert answer.headers["vary"] == "Accept-Encoding"
            body = gzip.decompress(raw) if coding else raw
            assert len(json.loads(body)["features"]) == 2
            tags[coding] = answer.headers["etag"]
    assert tags["gzip"] != tags[None], "a strong tag is of the very bytes"


async def test_a_part_of_the_country(maps: Maps) -> None:
    await maps.put({"0202": square(104.0), "0301": square(104.5)})
    part = await maps.get("/boundaries/district", params={"area": "03"})
    assert [one["properties"]["code"] for one in part.json()["features"]] == ["0301"]
    assert part.headers["etag"] != (await maps.get("/boundaries/district")).headers["etag"]
    assert (await maps.document("/boundaries/district", area="05"))["features"] == []


async def test_the_document_follows_its_areas(maps: Maps) -> None:
    await maps.put(TWO)
    first = await maps.get("/boundaries/district")
    await rename(maps, "02", "Other")
    assert (await maps.get("/boundaries/district")).headers["etag"] == first.headers["etag"], "another level"
    await rename(maps, "0202", "New Name")
    answers = await asyncio.gather(*(maps.get("/boundaries/district") for _ in range(3)))
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert answers[0].headers["etag"] != first.headers["etag"]
    assert [one["properties"]["name_en"] for one in answers[0].json()["features"]] == ["New Name", "Battambang"]
    listed = (await maps.get("/boundaries")).json()["items"][0]
    assert answers[0].headers["etag"].startswith(f'"{listed["etag"]}')
    await rename(maps, "0202", "Gone", status="closed")
    assert [one["properties"]["code"] for one in (await maps.document("/boundaries/district"))["features"]] == ["0203"]


async def test_the_list_of_maps(maps: Maps) -> None:
    await maps.put(TWO)
    items = (await maps.get("/boundaries")).json()["items"]
    assert [(one["level"], one["features"], one["derived"]) for one in items] == [("district", 2, False)]
    assert {name: items[0][name] for name in SOURCE} == SOURCE
    body = (await maps.get("/boundaries/district")).content
    assert items[0]["bytes"] == len(body)


async def test_points_are_found_inside_or_given(maps: Maps) -> None:
    await maps.bring_in(FILE)
    assert [one["derived"] for one in (await maps.get("/points")).json()["items"]] == [True]
    found = await maps.document("/points/district")
    assert [one["geometry"]["type"] for one in found["features"]] == ["Point", "Point"]
    await maps.bring_in(POINTS, source="GPS survey")
    assert [one["derived"] for one in (await maps.get("/points")).json()["items"]] == [False]
    given = await maps.document("/points/district")
    assert given["source"] == "GPS survey"
    assert [one["geometry"]["coordinates"] for one in given["features"]] == [[104.12346, 11.5], [105, 12]]


async def test_taking_a_map_away(maps: Maps) -> None:
    await maps.put(TWO)
    await maps.put({"0202": POINT}, "point", derived=True)
    assert (await maps.delete("/boundaries/district")).status_code == 401
    assert (await maps.delete("/boundaries/district", "province_officer@02")).status_code == 403
    assert (await maps.delete("/boundaries/district", "ncdds@02")).status_code == 403
    assert (await maps.delete("/boundaries/district", "ncdds@")).status_code == 204
    assert (await maps.get("/boundaries/district")).status_code == 404
    assert (await maps.get("/points/district")).status_code == 404, "found inside, so they go too"
    assert (await maps.delete("/boundaries/district", "ncdds@")).status_code == 404
    assert await maps.rows("SELECT 1 FROM area_shape") == []


async def test_given_points_stay(maps: Maps) -> None:
    await maps.put(TWO)
    await maps.put({"0202": POINT}, "point")
    assert (await maps.delete("/boundaries/district", "operator@")).status_code == 204
    assert (await maps.get("/points/district")).status_code == 200
    assert (await maps.delete("/points/district")).status_code == 401
    assert (await maps.delete("/points/district", "caf@020201")).status_code == 403
    assert (await maps.delete("/points/district", "operator@")).status_code == 204
    assert (await maps.delete("/points/town", "operator@")).status_code == 422


def test_the_service_does_without_shapely() -> None:
    """numpy and shapely live in the process that prepares a file, and end with it."""
    script = "import sys, services.registry.main; sys.exit(bool(sys.modules.keys() & {'numpy', 'shapely'}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
