"""Plans as everybody reads them."""

from typing import Any
from uuid import uuid4

from tests.jaap.conftest import API, COMMUNE, Propose, Tell, result
from tests.world import Client


async def test_anybody_reads_a_plan(jaap: Client, plan: dict[str, Any], propose: Propose) -> None:
    await propose()
    await propose("agree", resources="own")
    answer = await jaap.http.get(f"{API}/plans/{plan['id']}")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["area_code"], body["year"], body["state"]) == (COMMUNE, 2026, "open")
    assert [item["indicator_code"] for item in body["agenda"]] == ["waiting", "medicine"]
    assert body["agenda"][0]["gap"] == -2.0
    assert body["actions_count"] == {
        "proposed": 1,
        "agreed": 1,
        "funded": 0,
        "in_progress": 0,
        "done": 0,
        "dropped": 0,
    }


async def test_lists_by_area_and_year(jaap: Client, tell: Tell) -> None:
    for area_code in ("020103", "020104", "020201", "030101"):
        await tell(result("fees", area_code=area_code, unit_code=f"HC-{area_code}-1"))
    await tell(result("fees", year=2027, round_id=uuid4()))

    async def areas(query: str) -> list[tuple[str, int]]:
        page = (await jaap.http.get(f"{API}/plans{query}")).json()
        return [(item["area_code"], item["year"]) for item in page["items"]]

    assert await areas("?area=0201") == [("020103", 2026), ("020103", 2027), ("020104", 2026)]
    assert await areas("?area=02&year=2026") == [("020103", 2026), ("020104", 2026), ("020201", 2026)]
    assert len(await areas("")) == 5
    first = (await jaap.http.get(f"{API}/plans?limit=2")).json()
    assert len(first["items"]) == 2
    rest = await areas(f"?limit=500&cursor={first['next_cursor']}")
    assert rest == [("020104", 2026), ("020201", 2026), ("030101", 2026)]


async def test_bad_questions(jaap: Client) -> None:
    unknown = await jaap.http.get(f"{API}/plans/{uuid4()}", headers={"Accept-Language": "km"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "plan_not_found")
    assert "ផែនការ" in unknown.json()["detail"]
    for query, pointer in (("area=2", "query/area"), ("year=26", "query/year"), ("cursor=x", "query/cursor")):
        answer = await jaap.http.get(f"{API}/plans?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
