"""Importing maps: what a dry run shows, what is refused, and that all or nothing is applied."""

import asyncio
import json
from typing import Any

import pytest
import shapely

from services.registry.boundaries import preparing
from tests.registry.boundaries.conftest import GEOJSON, SOURCE, Maps, listed
from tests.registry.boundaries.coverage import collection, feature, grid, polygon, square

DISTRICTS = [row["district_code"] for row in listed("district")]
TWO = collection(
    feature(square(104.0, 11.0), DIS_CODE="KH0202"),
    feature(square(104.5, 11.0), DIS_CODE="203"),
)


async def test_only_the_nations_administration_imports(maps: Maps) -> None:
    path, query = "/boundaries:import", SOURCE | {"level": "district"}
    assert (await maps.post(path, params=query, content=TWO, headers=GEOJSON)).status_code == 401
    for grant in ("province_officer@02", "caf@020201", "partner@"):
        assert (await maps.send(TWO, "district", grant)).status_code == 403
    assert (await maps.send(TWO, "district", "ncdds@02")).json()["code"] == "area_not_covered"
    assert (await maps.send(TWO, "district", "operator@")).status_code == 200


async def test_a_dry_run_shows_what_would_be_done(maps: Maps) -> None:
    body = collection(
        feature(square(104.0, 11.0), DIS_CODE="KH0202"),
        feature(polygon((105, 11), (105.4, 11.4), (105.4, 11), (105, 11.4), (105, 11)), DIS_CODE="0203"),
        feature(square(104.4, 11.0), DIS_CODE="0299", DIS_NAME="Nowhere"),
        feature(None, DIS_CODE=None),
    )
    told = (await maps.send(body)).json()
    assert told["dry_run"] is True
    assert (told["shape"], told["features"], told["matched"]) == ("boundary", 4, 2)
    assert told["properties"] == {"code": "DIS_CODE", "names": ["DIS_NAME"], "parent": None}
    assert [(one["row"], one["reason"], one["code"]) for one in told["unmatched"]] == [
        (3, "code_unknown", "0299"),
        (4, "code_missing", None),
    ]
    assert told["missing_count"] == len(DISTRICTS) - 2
    assert [one["row"] for one in told["repaired"]] == [2]
    assert "Self-intersection" in told["repaired"][0]["reason"]
    assert told["borders_apart"] == 2
    assert (told["problems"], told["replaces"]) == ([], None)
    assert await maps.rows("SELECT 1 FROM map_layer") == [], "nothing was written"


async def test_the_reviewed_file_is_applied(maps: Maps) -> None:
    await maps.put({"0301": {"type": "Point", "coordinates": [104.1, 11.1]}}, "point")
    told = await maps.bring_in(TWO)
    assert (told["dry_run"], told["matched"]) == (False, 2)
    trail = (await maps.get("/audit", "operator@", params={"subject_kind": "boundary"})).json()["items"]
    assert [(one["subject"], one["action"], one["detail"]["licence"]) for one in trail] == [
        ("district", "boundary_imported", "CC BY 4.0")
    ]
    originals = await maps.rows("SELECT original FROM area_shape WHERE shape = 'boundary' ORDER BY original")
    assert json.loads(originals[0].original) == json.loads(TWO)["features"][0]["geometry"]
    points = await maps.document("/points/district")
    assert [one["properties"]["code"] for one in points["features"]] == ["0301"], "given points are left alone"
    again = (await maps.send(TWO)).json()
    assert (again["replaces"]["features"], again["replaces"]["source"]) == (2, SOURCE["source"])
    assert again["digest"] != told["digest"]


async def test_only_what_was_reviewed_is_applied(maps: Maps) -> None:
    reviewed = (await maps.send(TWO)).json()["digest"]
    answer = await maps.send(TWO, dry_run=False, digest=reviewed, licence="Other")
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_changed")
    await maps.execute("UPDATE area SET status = 'closed' WHERE code = '0203'")
    assert (await maps.send(TWO, dry_run=False, digest=reviewed)).json()["code"] == "plan_changed"
    assert (await maps.send(TWO, dry_run=False)).json()["errors"][0]["pointer"] == "query/digest"


async def test_problems_forbid_an_import(maps: Maps) -> None:
    body = collection(
        feature(polygon((11, 104), (12, 104), (12, 105), (11, 104)), code="0202"),
        feature(None, code="0203"),
        feature(square(), code="0204"),
        feature(square(105), code="204"),
        feature(None, code="9999"),
    )
    reviewed = (await maps.send(body)).json()
    assert [(one["row"], one["column"], one["code"]) for one in reviewed["problems"]] == [
        (1, "geometry", "axes_swapped"),
        (2, "geometry", "geometry_missing"),
        (3, "code", "area_repeated"),
        (4, "code", "area_repeated"),
    ]
    assert all(one["detail_en"] and one["detail_km"] for one in reviewed["problems"])
    answer = await maps.send(body, dry_run=False, digest=reviewed["digest"])
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/features/{row}" for row in range(4)]
    assert await maps.rows("SELECT 1 FROM map_layer") == []


async def test_another_level_than_said(maps: Maps) -> None:
    told = (await maps.send(TWO, "province", code_property="DIS_CODE")).json()
    assert (told["matched"], [one["code"] for one in told["problems"]]) == (0, ["no_area_matches"])


async def test_by_name_within_the_area_above(maps: Maps) -> None:
    body = collection(
        feature(square(104.0), name="Battambang", province="Battambang"),
        feature(square(104.5), name="ថ្មគោល", province="02"),
        feature(square(105.0), name="Thma Koul", province="Kampot"),
        feature(square(105.5), name="samraong", province="បន្ទាយមានជ័យ"),
    )
    told = (await maps.send(body, match="name")).json()
    assert told["matched"] == 2
    assert [(one["row"], one["reason"]) for one in told["unmatched"]] == [(3, "name_unknown"), (4, "name_unknown")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"PK\x03\x04 a shapefile", 400, "invalid_json"), (b"[" * 1_000_000, 400, "invalid_json"),
     (b'{"type": "Topology"}', 422, "not_a_feature_collection")],
)  # fmt: skip
async def test_garbage_is_told_as_such(maps: Maps, body: bytes, status: int, code: str) -> None:
    answer = await maps.send(body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("name", "value"), [("PREPARE", "this"), ("PREPARE", "nowhere"), ("PATIENCE_SECONDS", 0)])
async def test_a_process_that_fails_or_takes_too_long(
    maps: Maps, monkeypatch: pytest.MonkeyPatch, name: str, value: str | int
) -> None:
    """Whatever becomes of the process, the sender is told, and nothing is left."""
    monkeypatch.setattr(preparing, name, value)
    answer = await maps.send(TWO)
    assert (answer.status_code, answer.json()["code"]) == (422, "import_too_heavy")


async def test_a_body_over_the_limit(maps: Maps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "LARGEST_BODY", 10)
    answer = await maps.send(TWO)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_a_huge_number_is_a_flaw_of_its_feature(maps: Maps) -> None:
    body = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"0202"},"geometry":'
    told = (await maps.send(body + b'{"type":"Point","coordinates":[1e400,11]}}]}')).json()
    assert [one["code"] for one in told["problems"]] == ["geometry_unreadable"]


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"level": "town"}, "query/level"),
        ({"match": "shape"}, "query/match"),
        ({"source": ""}, "query/source"),
        ({"licence": " "}, "query/licence"),
        ({"code_property": ""}, "query/code_property"),
        ({"match": "name"}, "query/name_property"),
        ({"dry_run": "perhaps"}, "query/dry_run"),
    ],
)
async def test_bad_parameters(maps: Maps, params: dict[str, Any], pointer: str) -> None:
    answer = await maps.send(TWO, **params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_source_and_licence_are_required(maps: Maps) -> None:
    answer = await maps.post("/boundaries:import", "ncdds@", params={"level": "district"}, content=TWO, headers=GEOJSON)
    assert [one["pointer"] for one in answer.json()["errors"]] == ["query/source", "query/licence"]


async def test_other_kinds_of_body_are_refused(maps: Maps) -> None:
    query = SOURCE | {"level": "district"}
    answer = await maps.post(
        "/boundaries:import", "ncdds@", params=query, content=TWO, headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["errors"][0]["pointer"] == "header/Content-Type"


async def test_two_imports_at_once(maps: Maps) -> None:
    """One is done; the other is told to wait, or finds that the plan is another by then."""
    reviewed = (await maps.send(TWO)).json()["digest"]
    answers = await asyncio.gather(*(maps.send(TWO, dry_run=False, digest=reviewed) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len((await maps.document("/boundaries/district"))["features"]) == 2


async def test_the_whole_country(maps: Maps) -> None:
    """Every district of the list, jagged: neighbours still share their borders in the published document."""
    shapes = list(grid(15, 14, corners=60))
    assert len(shapes) == len(DISTRICTS)
    told = await maps.bring_in(
        collection(*(feature(shape, ADM2_PCODE=f"KH{code}") for shape, code in zip(shapes, DISTRICTS, strict=True)))
    )
    assert (told["matched"], told["missing_count"], told["borders_apart"]) == (210, 0, 0)
    document = await maps.document("/boundaries/district")
    assert [one["properties"]["code"] for one in document["features"]] == sorted(DISTRICTS)
    web = [shapely.from_geojson(json.dumps(one["geometry"])) for one in document["features"]]
    assert shapely.coverage_is_valid(web)
    assert shapely.union_all(web).area == pytest.approx(shapely.area(web).sum(), rel=1e-12)
    points = await maps.document("/points/district")
    inside = [shapely.from_geojson(json.dumps(one["geometry"])) for one in points["features"]]
    assert shapely.contains(web, inside).all()
