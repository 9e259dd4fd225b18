"""What facilitators and reviewers of an area see of its scores while the round runs."""

from typing import Any

from tests.scorecard.conftest import CAF, NCDDS, OFFICER, OTHER_CAF, OTHER_OFFICER, PROVIDER, SCHOOL, Scorecard


async def test_an_area_is_seen_by_those_who_facilitate_and_review_it(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6, scores=[1, None, *[4] * 8])
    await scorecard.cast(5, "HC-020302-1", scores=[4, 2, None, *[5] * 7])
    await scorecard.cast(4, SCHOOL)
    await scorecard.count_all()
    path = f"/rounds/{scorecard.round_id}/running"
    assert (await scorecard.get(path, area="020301")).json()["code"] == "sign_in_required"
    assert (await scorecard.get(path, PROVIDER, area="020301")).json()["code"] == "permission_missing"
    for stranger in (OTHER_CAF, OTHER_OFFICER):
        assert (await scorecard.get(path, stranger, area="020301")).json()["code"] == "area_not_covered"
    assert (await scorecard.get(path, CAF, area="0203")).json()["code"] == "area_not_covered"

    async def kinds(place: str, who: str) -> dict[str, dict[str, Any]]:
        answer = await scorecard.get(path, who, area=place)
        return {kind["unit_kind"]: kind for kind in answer.json()["kinds"]}

    commune = await kinds("020301", CAF)
    assert commune == await kinds("020301", NCDDS)
    centres, schools = commune["health_centre"], commune["primary_school"]
    assert (centres["units_scored"], centres["participants"], schools["participants"]) == (1, 6, 4)
    assert {indicator["n"] for indicator in schools["indicators"]} == {0}, "four pupils' parents are too few"
    first, second, third = (await kinds("0203", OFFICER))["health_centre"]["indicators"][:3]
    assert (first["distribution"], first["n"], first["median"], first["mean"]) == ([6, 0, 0, 5, 0], 11, 1.0, 2.36)
    assert (second["distribution"], third["distribution"]) == ([0, 5, 0, 0, 0], [0, 0, 0, 6, 0])
    assert await kinds("12", NCDDS) == {}
