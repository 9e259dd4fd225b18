"""Who takes part while a round runs, for everybody, and by unit for those who facilitate and review it."""

from typing import Any
from uuid import uuid4

from sqlalchemy import text

from tests.scorecard.conftest import CAF, CENTRE, NCDDS, OFFICER, OTHER_CAF, OTHER_OFFICER, PROVIDER, SCHOOL, Scorecard

NEIGHBOUR = "HC-020302-1"


def tally(scorecard: Scorecard, **changes: Any) -> dict[str, Any]:
    """A meeting of eight men of a village."""
    counts = [[0, 0, 0, 0, 4], *[[0] * 5] * 9]
    groups = [{"sex": "male", "age_group": "adult", "participants": 8, "counts": counts}]
    return {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": CENTRE,
        "village_code": "02030101",
        "held_on": "2026-03-02",
        "groups": groups,
    } | changes


def groups_of(found: dict[str, Any]) -> dict[tuple[str, str], int]:
    """How many of each group took part."""
    return {(entry["dimension"], entry["category"]): entry["participants"] for entry in found["groups"]}


async def test_participation_is_public_while_the_round_is_open(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(7)
    await scorecard.cast(5, sex="male")
    await scorecard.cast(6, NEIGHBOUR)
    await scorecard.cast(1, NEIGHBOUR, sex="undisclosed")
    assert (await scorecard.post("/tallies", tally(scorecard), CAF)).status_code == 201
    await scorecard.count_all()

    async def part(place: str, *grants: str) -> dict[str, Any]:
        answer = await scorecard.get(f"/rounds/{scorecard.round_id}/participation", *grants, area=place)
        found: dict[str, Any] = answer.json()
        return found

    def numbers(found: dict[str, Any]) -> list[int | None]:
        names = ("units", "units_scored", "ballots", "tally_participants", "participants", "female", "male")
        return [found[name] for name in names]

    commune, district = await part("020301"), await part("0203")
    assert numbers(commune) == [3, 1, 12, 8, 20, 7, 13]
    assert commune["areas"] == []
    assert numbers(await part("020302")) == [1, 1, 7, 0, 7, None, None], "one person is too few to be told apart"
    assert numbers(district) == [4, 2, 19, 8, 27, 7, 13]
    assert [(area["area_code"], numbers(area)) for area in district["areas"]] == [
        ("020301", numbers(commune)),
        ("020302", [1, 1, 7, 0, 7, None, None]),
    ]
    assert [(kind["unit_kind"], kind["units"], kind["participants"]) for kind in district["kinds"]] == [
        ("commune_administration", 1, 0),
        ("health_centre", 2, 27),
        ("primary_school", 1, 0),
    ]
    groups = groups_of(district)
    assert groups["age_group", "adult"] == 27
    assert groups["sex_age", "male_adult"] == 13
    for nobody in ((), (PROVIDER,), (CAF,), (OTHER_OFFICER,)):
        seen = await part("0203", *nobody)
        assert seen == district, "what somebody is that cannot be seen is told to nobody who watches"
        assert {place for one in (seen, *seen["kinds"]) for place, _ in groups_of(one)} == {
            "sex",
            "age_group",
            "sex_age",
        }
    for insider in (OFFICER, NCDDS):
        seen = await part("0203", insider)
        assert groups_of(seen)["id_poor", "undisclosed"] == 27
        assert groups_of(seen["kinds"][1])["disability", "undisclosed"] == 27
    nation = await part("")
    assert numbers(nation)[:5] == [5, 2, 19, 8, 27]
    assert [area["area_code"] for area in nation["areas"]] == ["02"]
    assert numbers(await part("12")) == [0, 0, 0, 0, 0, None, None]
    assert not {"distribution", "median", "mean", "indicators", "counts"} & set(str(nation).split("'"))


async def test_progress_follows_the_scorecards(scorecard: Scorecard) -> None:
    await scorecard.open()

    async def progress() -> list[Any]:
        await scorecard.count_all()
        found = (await scorecard.get(f"/rounds/{scorecard.round_id}/participation", area="0203")).json()
        names = ("units", "reported", "on_time", "empty", "completed", "published", "completeness", "timeliness")
        return [found[name] for name in names]

    assert await progress() == [4, 0, 0, 0, 0, 0, 0.0, 0.0]
    for code in (CENTRE, SCHOOL, NEIGHBOUR):
        await scorecard.cast(6, code)
    await scorecard.submit()
    assert await progress() == [4, 1, 1, 0, 0, 0, 0.25, 0.25]
    await scorecard.submit_and_publish(SCHOOL)
    assert await progress() == [4, 2, 2, 0, 1, 1, 0.5, 0.5]
    await scorecard.close()
    await scorecard.submit(NEIGHBOUR)
    assert await progress() == [4, 3, 2, 0, 1, 1, 0.75, 0.5]


async def test_a_scorecard_without_any_score_is_no_report(scorecard: Scorecard) -> None:
    await scorecard.open()
    mistaken = scorecard.ballot(SCHOOL)
    await scorecard.post("/ballots", mistaken, CAF)
    await scorecard.post(f"/ballots/{mistaken['id']}:withdraw", {"reason": "wrong"}, CAF)
    body = tally(scorecard, unit_code=NEIGHBOUR, village_code=None)
    assert (await scorecard.post("/tallies", body, "caf@020302")).status_code == 201
    for code in (CENTRE, SCHOOL, NEIGHBOUR):
        await scorecard.submit(code)
    await scorecard.post(f"/rounds/{scorecard.round_id}/units/{CENTRE}:complete", None, OFFICER)
    await scorecard.cast(3)
    await scorecard.count_all()
    found = (await scorecard.get(f"/rounds/{scorecard.round_id}/participation", area="0203")).json()
    assert [found[name] for name in ("units", "reported", "on_time", "empty", "completed")] == [4, 1, 1, 2, 0]
    assert (found["late"], found["completeness"], found["timeliness"]) == (3, 0.25, 0.25)


async def test_areas_that_do_not_exist_are_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    for name, caller in (("participation", ()), ("running", ("ncdds@",))):
        path = f"/rounds/{scorecard.round_id}/{name}"
        for place, code in (("99", "area_unknown"), ("02030101", "string_pattern_mismatch"), ("2", None), ("x'", None)):
            answer = await scorecard.get(path, *caller, area=place)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query/area")
            assert code in (None, answer.json()["errors"][0]["code"])
        assert (await scorecard.get(f"/rounds/{uuid4()}/{name}", *caller)).json()["code"] == "round_not_found"


async def test_a_unit_is_watched_by_those_who_facilitate_and_review_it(scorecard: Scorecard) -> None:
    await scorecard.open(minimum_participation=10)
    await scorecard.cast(3)
    assert (await scorecard.post("/tallies", tally(scorecard), CAF)).status_code == 201
    await scorecard.count_all()
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}/participation"
    assert (await scorecard.get(path)).json()["code"] == "sign_in_required"
    assert (await scorecard.get(path, PROVIDER)).json()["code"] == "permission_missing"
    for stranger in (OTHER_CAF, OTHER_OFFICER):
        assert (await scorecard.get(path, stranger)).json()["code"] == "area_not_covered"
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE ballot SET late = true WHERE id = (SELECT min(id::text)::uuid FROM ballot)"))
    for insider in (CAF, OFFICER):
        seen = (await scorecard.get(path, insider)).json()
        assert (seen["ballots"], seen["tally_participants"], seen["participants"]) == (3, 8, 11)
        assert (seen["late_ballots"], seen["late_tally_participants"], seen["minimum_participation"]) == (1, 0, 10)
        assert [(village["village_code"], village["participants"]) for village in seen["villages"]] == [
            (None, 3),
            ("02030101", 8),
        ]
    unknown = f"/rounds/{scorecard.round_id}/units/HC-999999-1/participation"
    assert (await scorecard.get(unknown, OFFICER)).json()["code"] == "scorecard_not_found"
    assert (await scorecard.get(f"/rounds/{scorecard.round_id}/units/x/participation", OFFICER)).status_code == 422
