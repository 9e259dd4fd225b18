"""The staff's scores of their own unit."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from httpx import Response

from services.scorecard.rounds.models import Round
from services.scorecard.scorecards.refusals import self_assessment_refusal
from tests.scorecard.conftest import (
    API,
    CAF,
    CENTRE,
    FOURS,
    NCDDS,
    OFFICER,
    OTHER_OFFICER,
    PROVIDER,
    SCHOOL,
    Scorecard,
    unit,
)
from tests.scorecard.scorecards.doing import card

NOW = datetime(2026, 3, 1, tzinfo=UTC)


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
        ({"scores": [*FOURS[:7], 11, 4, 4]}, "/scores/7"),
        ({"note": ""}, "/note"),
        ({"staff_female": -1}, "/staff_female"),
        ({"staff_male": "2"}, "/staff_male"),
        ({"mood": "good"}, "/mood"),
    ]
    for changes, pointer in wrong:
        answer = await scorecard.post("/self-assessments", own(scorecard, **changes), PROVIDER)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    await scorecard.submit()
    assert (await scorecard.post("/self-assessments", own(scorecard), PROVIDER)).json()["code"] == "scoring_ended"


async def change(
    scorecard: Scorecard, assessment_id: str, body: Any, grant: str | None = PROVIDER, etag: str = '"1"'
) -> Response:
    headers = (scorecard.as_(grant) if grant else {}) | ({"If-Match": etag} if etag else {})
    path = f"{API}/self-assessments/{assessment_id}"
    return await scorecard.client.http.put(path, json=body, headers=headers)


async def test_the_unit_changes_what_it_said_while_it_is_scored(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = own(scorecard, staff_female=3, staff_male=1)
    stored = await scorecard.post("/self-assessments", body, PROVIDER)
    assert (stored.json()["staff_female"], stored.headers["etag"]) == (3, '"1"')
    new = {"scores": [5] * 10, "note": "ប្រជុំម្ដងទៀត", "staff_female": 4, "staff_male": 2}
    assert (await change(scorecard, body["id"], new, None)).status_code == 401
    assert (await change(scorecard, body["id"], new, CAF)).json()["code"] == "permission_missing"
    neighbour = f"provider@020301/{SCHOOL}"
    assert (await change(scorecard, body["id"], new, neighbour)).json()["code"] == "area_not_covered"
    assert (await change(scorecard, body["id"], new, etag="")).status_code == 428
    assert (await change(scorecard, str(uuid4()), new)).json()["code"] == "self_assessment_not_found"
    for wrong, pointer in (({"scores": FOURS[1:]}, "/scores"), (new | {"unit_code": SCHOOL}, "/unit_code")):
        answer = await change(scorecard, body["id"], wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    answers = await asyncio.gather(*(change(scorecard, body["id"], new | {"note": str(at)}) for at in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert (await change(scorecard, body["id"], new, etag='"2"')).headers["etag"] == '"3"'
    same = await change(scorecard, body["id"], new, etag='"3"')
    assert (same.status_code, same.headers["etag"]) == (200, '"3"')
    repeated = await scorecard.post("/self-assessments", body, PROVIDER)
    assert (repeated.status_code, repeated.json()["scores"]) == (200, [5] * 10), "a phone that sends the first again"
    await scorecard.submit()
    assert (await change(scorecard, body["id"], new, etag='"3"')).json()["code"] == "scoring_ended"

    detail = await scorecard.get(f"/self-assessments/{body['id']}", OFFICER)
    assert [version["scores"][0] for version in detail.json()["earlier"]] == [4, 5]
    assert detail.json()["earlier"][0]["staff_female"] == 3
    assert detail.json()["version"] == 3


async def test_who_reads_self_assessments(scorecard: Scorecard) -> None:
    await scorecard.open()
    body = own(scorecard)
    await scorecard.post("/self-assessments", body, PROVIDER)
    other = own(scorecard, unit_code=SCHOOL)
    await scorecard.post("/self-assessments", other, f"provider@020301/{SCHOOL}")
    path, listed = f"/self-assessments/{body['id']}", f"/rounds/{scorecard.round_id}/self-assessments"
    for where in (path, listed):
        assert (await scorecard.get(where)).status_code == 401
        assert (await scorecard.get(where, CAF)).json()["code"] == "permission_missing"
    for stranger in (OTHER_OFFICER, f"provider@020301/{SCHOOL}"):
        assert (await scorecard.get(path, stranger)).json()["code"] == "area_not_covered"
    assert (await scorecard.get(path, PROVIDER)).json()["id"] == body["id"]

    async def units(grant: str, **params: str) -> list[str]:
        return [entry["unit_code"] for entry in (await scorecard.get(listed, grant, **params)).json()["items"]]

    assert await units(OFFICER) == [CENTRE, SCHOOL]
    assert await units(OFFICER, area="020302") == []
    assert await units(PROVIDER) == [CENTRE]
    assert await units(OTHER_OFFICER) == []
    unknown = await scorecard.get(f"/rounds/{uuid4()}/self-assessments", OFFICER)
    assert unknown.json()["code"] == "round_not_found"


def refusal(changed: dict[str, Any], **changes: Any) -> str | None:
    row = Round(year=2026, title_km="ជុំ", title_en="Round", area_codes=["02"], **{"state": "open"} | changes)
    problem = self_assessment_refusal(row, card(**changed), NOW)
    return problem.code if problem else None


def test_staff_have_hours_of_their_own() -> None:
    hour = timedelta(hours=1)
    assert refusal({}) is None
    assert refusal({}, state="planned") == "round_not_open"
    assert refusal({}, self_assessment_opens_at=NOW + hour) == "self_assessment_not_open"
    assert refusal({}, self_assessment_opens_at=NOW, self_assessment_closes_at=NOW + hour) is None
    assert refusal({}, self_assessment_closes_at=NOW) == "self_assessment_closed"
    assert refusal({"unlocked": True}, self_assessment_closes_at=NOW) is None
    over = {"accepts_scores": False}
    assert refusal(over) is None, "citizens' hours are over, the round is not"
    assert refusal(over, state="closed") == "round_closed"
    assert refusal({"unlocked": True}, state="closed") is None
    assert refusal({"state": "in_review", "accepts_scores": False}) == "scoring_ended"
    early = {"state": "planned", "accepts_scores": False}
    assert refusal(early) is None, "citizens' hours have not begun"


async def test_outside_those_hours_the_refusal_names_them(scorecard: Scorecard) -> None:
    opens = datetime.now(UTC) + timedelta(days=30)
    await scorecard.open(self_assessment_opens_at=opens.isoformat())
    answer = await scorecard.post("/self-assessments", own(scorecard), PROVIDER)
    assert (answer.status_code, answer.json()["code"]) == (409, "self_assessment_not_open")
    assert datetime.fromisoformat(answer.json()["opens_at"]) == opens
    planned = await scorecard.plan(planning="listed")
    rows = {"rows": [{"unit_code": CENTRE}]}
    listed = await scorecard.post(f"/rounds/{planned['id']}/scorecards:import?dry_run=false", rows, NCDDS)
    assert listed.status_code == 200
    early = await scorecard.post("/self-assessments", own(scorecard), PROVIDER)
    assert early.json()["code"] == "round_not_open"


async def test_scores_are_of_the_units_own_scale(scorecard: Scorecard) -> None:
    scale = [{"value": step, "label_km": f"កម្រិត {step}", "label_en": f"Step {step}"} for step in (1, 2, 3)]
    questions = {
        "unit_kind": "health_post",
        "title_km": "ក",
        "title_en": "Posts",
        "scale": scale,
        "satisfied_from": 3,
        "indicators": [{"code": "waiting", "label_km": "រង់ចាំ", "label_en": "Waiting"}],
    }
    made = await scorecard.post("/indicator-sets", questions, NCDDS)
    assert made.status_code == 201, made.text
    await scorecard.tell(unit("HP-020301-1", "health_post"))
    await scorecard.open()
    provider = "provider@020301/HP-020301-1"
    for score, status in ((4, 422), (3, 201)):
        answer = await scorecard.post(
            "/self-assessments", own(scorecard, unit_code="HP-020301-1", scores=[score]), provider
        )
        assert answer.status_code == status, answer.text
        if status == 422:
            assert answer.json()["errors"][0] | {"detail": ""} == {
                "pointer": "/scores/0",
                "code": "score_beyond_scale",
                "detail": "",
            }
