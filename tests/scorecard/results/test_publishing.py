"""Publishing, publishing again, taking back, and many at once."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from httpx import Response
from sqlalchemy import text

from shared.events.scorecard import ResultPublished, ResultWithdrawn
from tests.scorecard.conftest import (
    CAF,
    CENTRE,
    NCDDS,
    OFFICE,
    OFFICER,
    OTHER_OFFICER,
    PROVIDER,
    PROVINCE,
    SCHOOL,
    Scorecard,
)

REASON = {"reason": "បានកត់ពិន្ទុរបស់អង្គភាពផ្សេង"}
SUBMITTER = uuid4()


async def submit(scorecard: Scorecard, *codes: str, user_id: UUID | None = None) -> None:
    """End the scoring of units."""
    for code in codes:
        assert (await scorecard.submit(code, user_id=user_id)).status_code == 200


async def act(scorecard: Scorecard, verb: str, body: Any = None, *grants: str, code: str = CENTRE) -> Response:
    """Publish or withdraw."""
    return await scorecard.post(f"/rounds/{scorecard.round_id}/units/{code}:{verb}", body, *(grants or (NCDDS,)))


async def read(scorecard: Scorecard, *grants: str, version: int | None = None) -> Response:
    """The unit's result, or a version of it."""
    params = {} if version is None else {"version": version}
    return await scorecard.get(f"/rounds/{scorecard.round_id}/units/{CENTRE}/result", *grants, **params)


async def area(scorecard: Scorecard, place: str = "", **params: Any) -> dict[str, Any]:
    """An area's results."""
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place, **params)
    found: dict[str, Any] = answer.json()
    return found


async def score_again(scorecard: Scorecard, people: int, code: str = CENTRE, **changes: Any) -> None:
    """A change is granted, more citizens score, and it is submitted again."""
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(
            text(
                "UPDATE scorecard SET state = 'running', accepts_scores = true, unlocked = true WHERE unit_code = :code"
            ),
            {"code": code},
        )
    await scorecard.cast(people, code, **changes)
    await submit(scorecard, code)


async def test_who_may_publish(scorecard: Scorecard) -> None:
    await scorecard.open(publisher_roles=["province_officer"])
    await scorecard.cast(6)
    assert (await act(scorecard, "publish", None, PROVINCE)).json()["code"] == "scorecard_not_in_review"
    await submit(scorecard, CENTRE, user_id=SUBMITTER)
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}:publish"
    assert (await scorecard.post(path)).status_code == 401
    for grant, code in ((CAF, None), (PROVIDER, None), ("province_officer@12", "area_not_covered"), (OFFICER, None)):
        answer = await act(scorecard, "publish", None, grant)
        assert (answer.status_code, code in (None, answer.json()["code"])) == (403, True), grant
    assert (await act(scorecard, "publish", None, NCDDS)).json()["code"] == "not_a_publisher"
    own = await scorecard.publish(officer=PROVINCE, user_id=SUBMITTER)
    assert (own.status_code, own.json()["code"]) == (403, "separation_of_duties")
    assert (await scorecard.publish(officer=PROVINCE)).status_code == 200
    assert (await act(scorecard, "publish", None, PROVINCE)).json()["code"] == "already_published"


async def test_low_participation_needs_a_reason(scorecard: Scorecard) -> None:
    await scorecard.open(minimum_participation=10)
    await scorecard.cast(9)
    await submit(scorecard, CENTRE)
    refused = await act(scorecard, "publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "participation_too_low")
    for body in ({"despite_low_participation": ""}, {"despite": "x"}, {"despite_low_participation": 7}):
        answer = await act(scorecard, "publish", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(body))}")
    made = await act(scorecard, "publish", {"despite_low_participation": "Everybody came"})
    assert (made.status_code, made.json()["below_minimum"], made.headers["etag"]) == (200, True, '"1"')
    steps = "scorecard_step WHERE action = 'published' AND reason = 'Everybody came'"
    assert await scorecard.count(steps) == 1


async def test_a_withdrawn_result_is_public_no_longer_until_its_next_version(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    await scorecard.cast(7, SCHOOL)
    assert (await act(scorecard, "withdraw", REASON)).json()["code"] == "not_published"
    for code in (CENTRE, SCHOOL):
        await scorecard.submit_and_publish(code)
    before = await area(scorecard)
    assert (await scorecard.post(f"/rounds/{scorecard.round_id}/units/{CENTRE}:withdraw", REASON)).status_code == 401
    assert (await act(scorecard, "withdraw", REASON, OTHER_OFFICER)).status_code == 403
    assert (await act(scorecard, "withdraw", {})).json()["errors"][0]["pointer"] == "/reason"
    withdrawn = await act(scorecard, "withdraw", REASON, OFFICER)
    assert (withdrawn.status_code, withdrawn.json()["state"], withdrawn.json()["published_at"]) == (
        200,
        "completed",
        None,
    )
    for version in (None, 1):
        gone = await read(scorecard, version=version)
        assert (gone.status_code, gone.json()["code"]) == (410, "result_withdrawn")
        assert gone.json()["withdrawn_at"].endswith("Z")
    inside = await read(scorecard, CAF)
    assert (inside.status_code, inside.json()["version"]) == (200, 0)
    after = await area(scorecard)
    assert (before["participants"], after["participants"], [kind["unit_kind"] for kind in after["kinds"]]) == (
        13,
        7,
        ["primary_school"],
    )
    (event,) = await scorecard.told(ResultWithdrawn)
    assert (event["version"], event["reason"], event["unit_code"]) == (1, REASON["reason"], CENTRE)
    again = await act(scorecard, "publish")
    assert (again.json()["version"], (await read(scorecard)).json()) == (2, again.json())
    assert await area(scorecard) == before
    assert [event["version"] for event in await scorecard.told(ResultPublished)] == [1, 1, 2]
    actions = "scorecard_step WHERE action IN ('published', 'withdrawn') AND unit_code = 'HC-020301-1'"
    assert await scorecard.count(actions) == 3


async def test_a_later_version_replaces_the_one_before(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    first = await scorecard.submit_and_publish()
    await score_again(scorecard, 5, sex="male", scores=[1] * 10)
    assert (await read(scorecard)).json() == first | {"state": "in_review"}, "public until it is replaced"
    second = (await act(scorecard, "publish")).json()
    assert (second["version"], second["participants"], second["male"]) == (2, 11, 5)
    assert (await read(scorecard)).json() == second
    assert (await read(scorecard, version=1)).json()["participants"] == 6
    missing = await read(scorecard, version=9)
    assert (missing.status_code, missing.json()["code"]) == (404, "result_version_not_found")
    assert missing.json()["detail"] == "This result has no version 9. Public is: 1, 2."
    in_khmer = await scorecard.client.http.get(missing.url, headers={"Accept-Language": "km"})
    assert "កំណែទី ៩" in in_khmer.json()["detail"]
    assert "១, ២" in in_khmer.json()["detail"]
    assert (await read(scorecard, version=-1)).json()["errors"][0]["pointer"] == "query/version"
    whole = await area(scorecard, "020301")
    assert (whole["participants"], whole["units_published"], whole["male"]) == (11, 1, 5)
    await act(scorecard, "withdraw", REASON)
    assert (await read(scorecard, version=1)).status_code == 410, "the older one goes with it"
    assert (await read(scorecard, version=9)).status_code == 410
    assert (await area(scorecard, "020301"))["kinds"] == []


async def test_a_change_of_a_few_people_is_refused(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6)
    first = await scorecard.submit_and_publish()
    await score_again(scorecard, 1)
    refused = await act(scorecard, "publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "change_too_small")
    assert (refused.json()["dimension"], "indicator_code" in refused.json()) == ("all", False)
    assert (await read(scorecard)).json()["participants"] == first["participants"]
    await act(scorecard, "withdraw", REASON)
    assert (await act(scorecard, "publish")).json()["code"] == "change_too_small", "who has read it may compare"
    await score_again(scorecard, 4)
    assert (await act(scorecard, "publish")).json()["participants"] == 11


async def test_a_change_that_is_too_small_says_where_and_not_how_small(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.cast(6, sex="female")
    await scorecard.cast(6, sex="male")
    await scorecard.submit_and_publish()
    await score_again(scorecard, 5, sex="female")
    await score_again(scorecard, 1, sex="male", scores=[2, *[None] * 9])
    refused = (await act(scorecard, "publish")).json()
    question = (await scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"][0]["indicators"][0]
    assert (refused["code"], refused["version"]) == ("change_too_small", "1")
    assert (refused["dimension"], refused["indicator_code"]) == ("sex", question["code"])
    assert f"in the numbers by sex on “{question['label_en']}”:" in refused["detail"]
    path = f"/api/scorecard/v1/rounds/{scorecard.round_id}:publish-completed"
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE scorecard SET state = 'completed' WHERE state = 'in_review'"))
    many = await scorecard.client.http.post(path, json={"area": "02"}, headers=scorecard.as_(NCDDS))
    [item] = many.json()["items"]
    assert f"តាមភេទ លើលក្ខណៈវិនិច្ឆ័យ «{question['label_km']}»" in item["detail_km"]


async def test_many_are_published_at_once(scorecard: Scorecard) -> None:
    await scorecard.open(minimum_participation=3)
    codes = sorted([CENTRE, SCHOOL, OFFICE, "HC-020302-1", "HC-020401-1"])
    caller = uuid4()
    for code in codes:
        await scorecard.cast(2 if code == OFFICE else 6, code)
        await submit(scorecard, code, user_id=caller if code == SCHOOL else None)
    async with scorecard.client.runtime.database.transaction() as db:
        await db.execute(text("UPDATE scorecard SET state = 'completed' WHERE unit_code <> 'HC-020302-1'"))
    path = f"/api/scorecard/v1/rounds/{scorecard.round_id}:publish-completed"

    async def many(grant: str = NCDDS, **body: Any) -> Response:
        headers = scorecard.as_(grant, user_id=caller)
        return await scorecard.client.http.post(path, json={"area": "0203"} | body, headers=headers)

    assert (await scorecard.client.http.post(path, json={"area": ""})).status_code == 401
    assert (await many(OTHER_OFFICER)).status_code == 403
    for wrong, pointer in (({"limit": 201}, "/limit"), ({"cursor": "?"}, "/cursor"), ({"cursor": "WzFd"}, "/cursor")):
        assert (await many(**wrong)).json()["errors"][0]["pointer"] == pointer
    dry = (await many(dry_run=True)).json()
    assert await scorecard.count("result") == 0
    done = (await many()).json()
    assert {**dry, "dry_run": False} == done
    assert [(item["unit_code"], item["status"], item["code"]) for item in done["items"]] == [
        (OFFICE, "refused", "participation_too_low"),
        (CENTRE, "published", None),
        (SCHOOL, "refused", "separation_of_duties"),
    ]
    assert (done["published"], done["refused"], done["next_cursor"]) == (1, 2, None)
    cursor = (await many(area="", limit=2)).json()["next_cursor"]
    rest = (await many(area="", limit=2, cursor=cursor)).json()
    assert [item["unit_code"] for item in rest["items"]] == [SCHOOL]
    assert (await area(scorecard))["participants"] == 12


async def test_two_publishers_at_once_lose_nothing(scorecard: Scorecard) -> None:
    await scorecard.open()
    codes = [CENTRE, SCHOOL, "HC-020302-1", "HC-020401-1"]
    for code in codes:
        await scorecard.cast(6, code)
        await submit(scorecard, code)
    answers = await asyncio.gather(
        *(act(scorecard, "publish", code=code) for code in [*codes, CENTRE, *reversed(codes)])
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [409] * 5
    assert (await area(scorecard))["participants"] == 24
    answers = await asyncio.gather(
        *(act(scorecard, "withdraw", REASON, code=code) for code in codes),
        *(scorecard.post(f"/rounds/{scorecard.round_id}:compile", None, NCDDS) for _ in range(2)),
        scorecard.post(f"/rounds/{scorecard.round_id}:close", None, NCDDS),
    )
    assert {answer.status_code for answer in answers} == {200}
    assert (await area(scorecard))["participants"] == 0
