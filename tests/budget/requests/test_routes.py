"""Who reads what actions ask for."""

from typing import Any
from uuid import uuid4

from tests.budget.conftest import API, Budget, action_changed

REQUESTS = f"{API}/requests"


async def listed(budget: Budget, *grants: str, **params: Any) -> list[str]:
    answer = await budget.http.get(REQUESTS, params=params, headers=budget.world.as_(*grants))
    assert answer.status_code == 200, answer.text
    return sorted(item["area_code"] for item in answer.json()["items"])


async def test_readers_see_their_own_areas(budget: Budget) -> None:
    for area in ("020301", "020302", "020401", "030101"):
        await budget.ask(100, area)
    assert (await budget.http.get(REQUESTS)).status_code == 401
    assert (await budget.http.get(REQUESTS, headers=budget.world.as_("citizen@", "partner@"))).status_code == 403
    assert await listed(budget, "ncdds@") == ["020301", "020302", "020401", "030101"]
    assert await listed(budget, "district_officer@0203") == ["020301", "020302"]
    assert await listed(budget, "jaapc@020302", "commune_clerk@030101") == ["020302", "030101"]
    assert await listed(budget, "province_officer@02", area="0204") == ["020401"]
    refused = await budget.http.get(
        REQUESTS, params={"area": "0204"}, headers=budget.world.as_("district_officer@0203")
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "area_not_covered")


async def test_by_year_and_status(budget: Budget) -> None:
    await budget.ask(100, "020301")
    await budget.ask(100, "020302", year=2028)
    dropped = await budget.ask(100, "020401")
    await budget.hear(action_changed(dropped.action_id))
    assert await listed(budget, "ncdds@", year=2028) == ["020302"]
    assert await listed(budget, "ncdds@", status="open") == ["020301", "020302"]
    assert await listed(budget, "ncdds@", status="withdrawn") == ["020401"]
    answer = await budget.http.get(REQUESTS, params={"status": "lost"}, headers=budget.world.as_("ncdds@"))
    assert answer.json()["errors"][0]["pointer"] == "query/status"


async def test_one_request(budget: Budget) -> None:
    event = await budget.ask(1_500_000)
    assert await budget.read(f"/requests/{event.request_id}", "commune_clerk@020301") == {
        "id": str(event.request_id),
        "action_id": str(event.action_id),
        "plan_id": str(event.plan_id),
        "area_code": "020301",
        "year": 2027,
        "amount": 1_500_000,
        "allocated": 0,
        "status": "open",
        "requested_by": str(event.requested_by),
        "title_km": "ជួសជុលអណ្តូងទឹក",
        "title_en": "Repair the well",
    }
    url = f"{REQUESTS}/{event.request_id}"
    assert (await budget.http.get(url)).status_code == 401
    assert (await budget.http.get(url, headers=budget.world.as_("jaapc@020302"))).status_code == 403
    assert (await budget.http.get(f"{REQUESTS}/{uuid4()}", headers=budget.world.as_("ncdds@"))).status_code == 404
