"""Sorting and comparing areas and units of a round."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.scorecard.comparison import rankings
from tests.scorecard.conftest import CENTRE, NCDDS, SCHOOL, area, unit
from tests.scorecard.years import Ballots, Years, line

OTHER, FAR = "HC-020302-1", "HC-020401-1"


def scored(first: int, rest: int = 3, people: int = 6) -> Ballots:
    """Ballots that give the first indicator one score and the others another."""
    return [[first, *[rest] * 9]] * people


def order_of(body: dict[str, Any]) -> list[tuple[int, str, float]]:
    """Rank, code and value."""
    return [(entry["rank"], entry["code"], entry["value"]) for entry in body["items"]]


async def test_areas_and_units_in_order_of_their_results(years: Years) -> None:
    scores = {
        CENTRE: scored(1),
        SCHOOL: scored(5, people=7),
        OTHER: scored(5),
        FAR: scored(3, people=8),
        "CA-020301": scored(5, 5, 4),
    }
    await years.publish(2026, scores, area_codes=["02"])

    async def compare(**params: Any) -> dict[str, Any]:
        return await years.read(2026, "/comparison", **params)

    centres = {"unit_kind": "health_centre", "indicator_code": await indicator_of(years)}
    communes = await compare(level="commune", **centres)
    assert order_of(communes) == [(1, "020302", 5.0), (2, "020401", 3.0), (3, "020301", 1.0)]
    assert communes["items"][0]["name_km"] == "តំបន់ 020302"
    assert communes["items"][0] | {"name_km": "", "name_en": ""} == {
        "rank": 1,
        "value": 5.0,
        "code": "020302",
        "name_km": "",
        "name_en": "",
        "area_code": "020302",
        "unit_kind": None,
        "participants": 6,
        "n": 6,
        "median": 5.0,
        "mean": 5.0,
        "satisfied": 1.0,
        "gap": None,
        "compared_with": None,
    }
    assert order_of(await compare(level="commune", order="worst", limit=1, **centres)) == [(1, "020301", 1.0)]
    assert order_of(await compare(level="district", **centres)) == [(1, "0203", 3.0), (1, "0204", 3.0)]
    assert order_of(await compare(level="province", measure="satisfied")) == [(1, "02", 0.0481)]
    assert order_of(await compare(level="commune", area="0203", measure="participants")) == [
        (1, "020301", 13),
        (2, "020302", 6),
    ]
    units = await compare(level="unit", measure="mean")
    assert [entry[:2] for entry in order_of(units)] == [(1, OTHER), (1, SCHOOL), (3, FAR), (4, CENTRE)]
    assert units["items"][1]["unit_kind"] == "primary_school"
    assert (units["ranked"], units["left_out"]) == (4, {"below_minimum": 0, "no_value": 1}), "four are too few"
    gap = await compare(level="unit", measure="gap")
    assert (gap["items"], gap["left_out"]["no_value"]) == ([], 5)
    await pages(years, compare)
    await beside(years)


async def indicator_of(years: Years) -> str:
    """The code of the first indicator of health centres."""
    sets = (await years.scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"]
    code: str = sets[-1]["indicators"][0]["code"]
    return code


async def pages(years: Years, compare: Any) -> None:
    """Page by page it is the same order."""
    whole = order_of(await compare(level="unit"))
    seen, cursor = [], None
    for _ in whole:
        page = await compare(level="unit", limit=1, **({"cursor": cursor} if cursor else {}))
        seen += order_of(page)
        cursor = page["next_cursor"]
    assert (seen, cursor) == (whole, None)
    answer = await years.get(2026, "/comparison", cursor="WzFd")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def beside(years: Years) -> None:
    """Chosen areas of several levels, with all indicators."""
    body = await years.read(2026, "/comparison/areas", areas="0203,020401,120101", unit_kind="health_centre")
    assert [(entry["rank"], entry["code"], entry["level"]) for entry in body["items"]] == [
        (1, "0203", "district"),
        (1, "020401", "commune"),
        (None, "120101", "commune"),
    ]
    (kind,) = body["items"][0]["kinds"]
    assert (kind["participants"], len(kind["indicators"]), kind["indicators"][0]["mean"]) == (12, 10, 3.0)
    assert body["items"][2]["kinds"] == []


async def test_units_below_the_minimum_are_counted_apart(years: Years) -> None:
    scorecard = years.scorecard
    years.rounds[2026] = await scorecard.open(year=2026, minimum_participation=8)
    await scorecard.cast(9)
    await scorecard.cast(6, OTHER)
    await scorecard.submit_and_publish()
    assert (await scorecard.submit(OTHER)).status_code == 200
    path = f"/rounds/{scorecard.round_id}/units/{OTHER}:publish"
    despite = {"despite_low_participation": "A small commune."}
    assert (await scorecard.post(path, despite, "ncdds@")).status_code == 200
    body = await years.read(2026, "/comparison", level="unit", measure="participants")
    assert order_of(body) == [(1, CENTRE, 9)]
    assert body["left_out"] == {"below_minimum": 1, "no_value": 0}


async def test_those_that_improved_most(years: Years) -> None:
    await years.publish(2025, {CENTRE: scored(2, 2), OTHER: scored(2, 2), FAR: scored(4, 4)})
    moved = uuid4()
    await years.scorecard.tell(
        area("020303"),
        line("renumber", "020302", "020303", old_id=moved, new_id=moved),
        unit("HC-020303-1", "health_centre", aliases=(OTHER,)),
    )
    await years.publish(2026, {CENTRE: scored(3, 3), "HC-020303-1": scored(5, 5), FAR: scored(3, 3)})
    communes = await years.read(2026, "/comparison", level="commune", measure="change")
    assert order_of(communes) == [(1, "020303", 3.0), (2, "020301", 1.0), (3, "020401", -1.0)]
    with_ = communes["items"][0]["compared_with"]
    assert (with_["codes"], with_["succession"], with_["year"]) == (["020302"], ["renumber"], 2025)
    units = await years.read(2026, "/comparison", level="unit", measure="change", order="worst")
    assert order_of(units) == [(1, FAR, -1.0), (2, CENTRE, 1.0), (3, "HC-020303-1", 3.0)]
    assert order_of(await years.read(2025, "/comparison", level="unit", measure="change")) == []


async def test_an_order_follows_what_is_published_and_withdrawn(years: Years, monkeypatch: pytest.MonkeyPatch) -> None:
    await years.publish(2025, {CENTRE: scored(2, 2), OTHER: scored(2, 2)})
    await years.publish(2026, {CENTRE: scored(3, 3), OTHER: scored(5, 5)})

    async def orders() -> list[list[tuple[int, str, float]]]:
        read = [years.read(2026, "/comparison", level="unit", measure=measure) for measure in ("change", "mean")]
        return [order_of(body) for body in await asyncio.gather(*read)]

    async def withdraw(year: int, code: str) -> None:
        path = f"/rounds/{years.rounds[year]}/units/{code}:withdraw"
        assert (await years.scorecard.post(path, {"reason": "Wrong unit."}, NCDDS)).status_code == 200

    both = [[(1, OTHER, 3.0), (2, CENTRE, 1.0)], [(1, OTHER, 5.0), (2, CENTRE, 3.0)]]
    assert await orders() == both
    assert await orders() == both, "as it was kept"
    await withdraw(2025, OTHER)
    assert await orders() == [[(1, CENTRE, 1.0)], both[1]]
    monkeypatch.setattr(rankings, "MOST_PLACES", 1)
    await withdraw(2026, CENTRE)
    assert await orders() == [[], [(1, OTHER, 5.0)]]


async def test_completeness_of_areas(years: Years) -> None:
    await years.publish(2026, {CENTRE: scored(3), FAR: scored(3)})
    await years.scorecard.count_all()
    communes = await years.read(2026, "/comparison", level="commune", measure="completeness", unit_kind="health_centre")
    assert order_of(communes) == [(1, "020301", 1.0), (1, "020401", 1.0), (3, "020302", 0.0)]
    assert communes["items"][2]["mean"] is None
    assert order_of(await years.read(2026, "/comparison", measure="timeliness"))[0][1] == "02"


REFUSED = [
    ({"level": "village"}, "query/level", "literal_error"),
    ({"level": "district", "area": "0203"}, "query/level", "level_unfit"),
    ({"level": "unit", "measure": "completeness"}, "query/measure", "measure_unfit"),
    ({"area": "99"}, "query/area", "area_unknown"),
    ({"area": "1' OR 1=1"}, "query/area", "string_pattern_mismatch"),
    ({"unit_kind": "moon_base"}, "query/unit_kind", "unit_kind_unknown"),
    ({"indicator_code": "no_such"}, "query/indicator_code", "indicator_unknown"),
    ({"indicator_code": "x; DROP"}, "query/indicator_code", "string_pattern_mismatch"),
    ({"measure": "beauty"}, "query/measure", "literal_error"),
    ({"order": "up"}, "query/order", "literal_error"),
    ({"limit": "501"}, "query/limit", "less_than_equal"),
    ({"cursor": "garbage!"}, "query/cursor", "invalid_cursor"),
]
REFUSED_SIDE_BY_SIDE = [
    ({"areas": ""}, "query/areas", "string_pattern_mismatch"),
    ({"areas": "02,,03"}, "query/areas", "string_pattern_mismatch"),
    ({"areas": ",".join(["020301"] * 51)}, "query/areas", "string_pattern_mismatch"),
    ({"areas": "0203,99"}, "query/areas", "area_unknown"),
    ({}, "query/areas", "missing"),
]


async def test_what_cannot_be_compared_is_refused_by_name(years: Years) -> None:
    years.rounds[2026] = await years.scorecard.open(year=2026)
    for path, refused in (("/comparison", REFUSED), ("/comparison/areas", REFUSED_SIDE_BY_SIDE)):
        for params, pointer, code in refused:
            answer = await years.get(2026, path, **params)
            assert answer.status_code == 422, (params, answer.text)
            (error,) = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == (pointer, code)
    assert (await years.read(2026, "/comparison"))["items"] == [], "while the round is open nothing is public"
    years.rounds[1999] = str(uuid4())
    assert (await years.get(1999, "/comparison")).json()["code"] == "round_not_found"
