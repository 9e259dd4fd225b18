"""The staff's scores of their own unit."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, CENTRE, FOURS, PROVIDER, SCHOOL, Scorecard


def own(scorecard: Scorecard, **changes: Any) -> dict[str, Any]:
    body = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": FOURS}
    return body | changes


async def test_only_the_units_own_provider_assesses_it(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = own(scorecard, note="យើងខ្វះឱសថ")
    assert (await scorecard.post("/self-assessments", body)).status_code == 401
    assert (await scorecard.post("/self-assessments", body, CAF)).json()["code"] == "permission_missing"
    neighbour = f"provider@020301/{SCHOOL}"
    assert (await scorecard.post("/self-assessments", body, neighbour)).json()["code"] == "area_not_covered"
    stored = await scorecard.post("/self-assessments", body, PROVIDER)
    assert stored.status_code == 201
    assert body.items() <= stored.json().items()
    refused = await scorecard.post("/self-assessments", own(scorecard), neighbour)
    assert refused.status_code == 403, "a neighbour does not even learn that there is one"


async def test_a_unit_assesses_itself_once(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = own(scorecard)
    answers = await asyncio.gather(*(scorecard.post("/self-assessments", body, PROVIDER) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [201]
    for other in (own(scorecard), body | {"scores": [5] * 10}, body | {"note": "new"}):
        answer = await scorecard.post("/self-assessments", other, PROVIDER)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_self_assessed")
    await scorecard.submit()
    assert (await scorecard.post("/self-assessments", body, PROVIDER)).status_code == 200
    assert await scorecard.count("self_assessment") == 1


async def test_what_is_wrong_is_named(scorecard: Scorecard) -> None:
    await scorecard.open()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"scores": FOURS[1:]}, "/scores"),
        ({"scores": [None] * 10}, "/scores"),
        ({"scores": [*FOURS[:7], 6, 4, 4]}, "/scores/7"),
        ({"note": ""}, "/note"),
        ({"mood": "good"}, "/mood"),
    ]
    for changes, pointer in wrong:
        answer = await scorecard.post("/self-assessments", own(scorecard, **changes), PROVIDER)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    await scorecard.submit()
    assert (await scorecard.post("/self-assessments", own(scorecard), PROVIDER)).json()["code"] == "scoring_ended"
