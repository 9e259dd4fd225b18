"""Change since the round before, of units and of areas, across new codes, mergers and splits; and the trend."""

from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, CENTRE, NCDDS, SCHOOL, area, unit
from tests.scorecard.years import Ballots, Years, line

LOW: Ballots = [[2] * 10] * 6
HIGH: Ballots = [[5] * 10] * 6
MIXED: Ballots = [[1, *[4] * 9]] * 3 + [[2, *[4] * 9]] * 3
OTHER = "HC-020302-1"


def first(body: dict[str, Any]) -> dict[str, Any]:
    """The first indicator of the first kind, or of a unit."""
    found: dict[str, Any] = (body["kinds"][0] if "kinds" in body else body)["indicators"][0]
    return found


async def test_a_unit_beside_itself_a_year_before(years: Years) -> None:
    await years.publish(2025, {CENTRE: LOW, SCHOOL: LOW[:3]})
    await years.publish(2026, {CENTRE: MIXED, SCHOOL: HIGH})
    body = await years.read(2026, f"/units/{CENTRE}/change")
    assert body["compared_with"] == {
        "round_id": years.rounds[2025],
        "year": 2025,
        "title_km": "ជុំទី១",
        "title_en": "First round",
        "codes": [CENTRE],
        "succession": [],
        "same_territory": True,
    }
    assert (body["participants"], body["participants_before"], body["participants_change"]) == (6, 6, 0)
    one, two = body["indicators"][:2]
    assert one["now"] == {"n": 6, "median": 1.5, "mean": 1.5, "satisfied": 0.0, "gap": None}
    assert one["change"] == {"median": -0.5, "mean": -0.5, "satisfied": 0.0}
    assert two["change"] == {"median": 2.0, "mean": 2.0, "satisfied": 1.0}
    assert two["not_comparable"] is None
    hidden = await years.read(2026, f"/units/{SCHOOL}/change")
    assert hidden["participants_before"] is None, "three are too few to be told of"
    assert {(entry["change"], entry["not_comparable"]) for entry in hidden["indicators"]} == {(None, "hidden")}
    oldest = await years.read(2025, f"/units/{CENTRE}/change")
    assert oldest["compared_with"] is None
    assert first(oldest)["not_comparable"] == "no_earlier_round"


async def test_only_what_is_public_is_compared(years: Years) -> None:
    await years.publish(2024, {CENTRE: LOW})
    await years.publish(2025, {CENTRE: HIGH})
    scorecard = years.scorecard
    path = f"/rounds/{years.rounds[2025]}/units/{CENTRE}"
    assert (await scorecard.post(f"{path}:withdraw", {"reason": "Wrong unit."}, NCDDS)).status_code == 200
    answer = await years.get(2025, f"/units/{CENTRE}/change")
    assert (answer.status_code, answer.json()["code"]) == (410, "result_withdrawn")
    await years.publish(2026, {CENTRE: MIXED})
    assert (await years.read(2026, f"/units/{CENTRE}/change"))["compared_with"]["year"] == 2024
    assert (await years.read(2026, "/change"))["compared_with"]["year"] == 2024
    await scorecard.open(year=2027)
    years.rounds[2027] = scorecard.round_id
    await scorecard.cast(6)
    for caller in ((), (CAF,)):
        answer = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/change", *caller)
        assert (answer.status_code, answer.json()["code"]) == (404, "result_not_published")
    assert (await years.read(2027, "/change"))["kinds"] == []


async def test_a_unit_is_found_under_the_code_it_bore(years: Years) -> None:
    post = unit("HP-020301-1", "health_centre")
    await years.scorecard.tell(post)
    await years.publish(2025, {post.code: LOW})
    renamed = {"code": "HC-020301-9", "aliases": (post.code,), "version": 2}
    await years.scorecard.tell(post.model_copy(update=renamed))
    await years.publish(2026, {"HC-020301-9": HIGH})
    for code in ("HC-020301-9", post.code):
        body = await years.read(2026, f"/units/{code}/change")
        assert (body["unit_code"], body["compared_with"]["codes"]) == ("HC-020301-9", [post.code])
        assert first(body)["change"]["mean"] == 3.0


async def test_indicators_are_the_same_by_code_and_another_scale_is_said(years: Years) -> None:
    sets = (await years.scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"]
    asked = sets[-1]["indicators"]
    await years.publish(2025, {CENTRE: LOW})
    question = {"label_km": "ថ្មី", "label_en": "New"}
    new = {"unit_kind": "health_centre", "title_km": "ក", "title_en": "A"}
    kept = {name: asked[3][name] for name in ("code", "label_km", "label_en")}
    body = new | {"indicators": [kept, {"code": "brand_new", **question}]}
    made = await years.scorecard.post("/indicator-sets", body, NCDDS)
    assert made.status_code == 201, made.text
    await years.publish(2026, {CENTRE: [[4, 5]] * 6}, indicator_set_ids=[made.json()["id"]])
    change = await years.read(2026, f"/units/{CENTRE}/change")
    assert [entry["not_comparable"] for entry in change["indicators"]] == [None, "new_indicator"]
    assert first(change)["change"]["mean"] == 2.0
    steps = [{"value": value, "label_km": "ក", "label_en": "A"} for value in (1, 2, 3)]
    smaller = new | {"indicators": [kept], "scale": steps, "satisfied_from": 3}
    made = await years.scorecard.post("/indicator-sets", smaller, NCDDS)
    assert made.status_code == 201, made.text
    await years.publish(2027, {CENTRE: [[3]] * 6}, indicator_set_ids=[made.json()["id"]])
    change = await years.read(2027, "/change", area="0203")
    assert first(change)["not_comparable"] == "other_scale"
    points = (await years.read(2027, "/trend", area="0203"))["points"]
    assert [point["kinds"][0]["steps"] for point in points] == [5, 5, 3]


async def test_an_area_under_another_code_and_a_merged_one(years: Years) -> None:
    await years.publish(2025, {CENTRE: LOW, OTHER: HIGH, "HC-020401-1": MIXED})
    one, two = uuid4(), uuid4()
    scorecard = years.scorecard
    await scorecard.tell(
        area("020303"),
        line("renumber", "020302", "020303", old_id=two, new_id=two),
        line("merge", "020301", "020303", old_id=one, new_id=two),
        line("merge", "020302", "020303", old_id=two, new_id=two),
        unit("HC-020303-1", "health_centre"),
    )
    await years.publish(2026, {"HC-020303-1": [[4] * 10] * 5})
    body = await years.read(2026, "/change", area="020303")
    with_ = body["compared_with"]
    assert (with_["codes"], with_["same_territory"]) == (["020301", "020302"], True)
    assert "merge" in with_["succession"]
    assert first(body)["before"] == {"n": 12, "median": 3.5, "mean": 3.5, "satisfied": 0.5, "gap": None}
    assert first(body)["change"] == {"median": 0.5, "mean": 0.5, "satisfied": 0.5}
    assert (body["kinds"][0]["participants"], body["kinds"][0]["participants_change"]) == (5, -7)
    assert (await years.read(2026, "/change", area="0203"))["compared_with"]["codes"] == ["0203"]
    assert (await years.read(2026, "/change"))["compared_with"]["codes"] == [""]


async def test_a_part_is_compared_with_the_whole_and_says_so(years: Years) -> None:
    await years.publish(2025, {CENTRE: LOW})
    parent, part = uuid4(), uuid4()
    await years.scorecard.tell(
        area("020305"),
        line("split", "020301", "020305", old_id=parent, new_id=part),
        line("split", "020301", "020301", old_id=parent, new_id=parent),
        unit("HC-020305-1", "health_centre"),
    )
    await years.publish(2026, {CENTRE: MIXED, "HC-020305-1": HIGH})
    for code, mean in (("020305", 3.0), ("020301", -0.5)):
        body = await years.read(2026, "/change", area=code)
        with_ = body["compared_with"]
        assert (with_["codes"], with_["succession"], with_["same_territory"]) == (["020301"], ["split"], False)
        assert first(body)["change"]["mean"] == mean
    assert (await years.read(2026, "/change", area="0203"))["compared_with"]["same_territory"]


async def test_three_years_in_a_row(years: Years) -> None:
    for year, ballots in ((2023, LOW), (2025, LOW), (2026, MIXED), (2027, HIGH)):
        await years.publish(year, {CENTRE: ballots, OTHER: ballots})
    for path in ("/trend", f"/units/{CENTRE}/trend"):
        trend = await years.read(2027, path)
        assert (trend["years_in_a_row"], [point["year"] for point in trend["points"]]) == (3, [2023, 2025, 2026, 2027])
        assert [first(point)["mean"] for point in trend["points"]] == [2.0, 2.0, 1.5, 5.0]
    assert [point["year"] for point in (await years.read(2027, "/trend", rounds=2))["points"]] == [2026, 2027]
    assert [point["year"] for point in (await years.read(2026, "/trend"))["points"]] == [2023, 2025, 2026]


async def test_what_cannot_be_compared_is_refused_by_name(years: Years) -> None:
    await years.publish(2026, {CENTRE: LOW})
    for path in ("/change", "/trend"):
        for place in ("99", "2", "02030101"):
            answer = await years.get(2026, path, area=place)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/area")
    for rounds in ("0", "1", "21", "x"):
        answer = await years.get(2026, "/trend", rounds=rounds)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/rounds")
    for code in (SCHOOL, "HC-999999-9"):
        answer = await years.get(2026, f"/units/{code}/trend")
        assert (answer.status_code, answer.json()["code"]) == (404, "result_not_published")
    years.rounds[1999] = str(uuid4())
    for path in ("/change", f"/units/{CENTRE}/change"):
        assert (await years.get(1999, path)).json()["code"] == "round_not_found"
