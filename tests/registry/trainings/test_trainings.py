"""Trainings: recorded with participants by kind and sex, corrected, withdrawn, and counted by area and topic."""

import asyncio
import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.registry.conftest import Registry

OFFICER, NCDDS = "district_officer@0202", "ncdds@"
WOMEN, MEN = {"kind": "caf", "sex": "female", "number": 3}, {"kind": "caf", "sex": "male", "number": 1}
CITIZENS = {"kind": "citizen", "sex": "undisclosed", "number": 4}


class Trainings:
    """Records trainings that CARE held, and facilitators."""

    def __init__(self, registry: Registry, care: str) -> None:
        self.registry, self.care = registry, care

    def body(self, **changes: Any) -> dict[str, Any]:
        """A training."""
        return {
            "topic": "facilitation", "organiser_id": self.care, "area_code": "0202", "held_from": "2026-02-10",
            "held_until": "2026-02-11", "participants": [WOMEN, MEN],
        } | changes  # fmt: skip

    async def make(self, **changes: Any) -> dict[str, Any]:
        """Record one."""
        answer = await self.registry.post("/trainings", NCDDS, json=self.body(**changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def caf(self, area: str = "020201", **changes: Any) -> str:
        """A facilitator's id."""
        body = {"name": "Mom", "sex": "female", "area_code": area, "term_from": "2026-01-05"} | changes
        answer = await self.registry.post("/cafs", NCDDS, json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def trained(self, caf: str) -> str | None:
        """When a facilitator was last trained."""
        day: str | None = (await self.registry.get(f"/cafs/{caf}", NCDDS)).json()["last_trained_on"]
        return day


@pytest.fixture
async def trainings(registry: Registry) -> Trainings:
    """The registry with an organisation that trains."""
    return Trainings(registry, (await registry.get("/organisations?q=CARE")).json()["items"][0]["id"])


async def test_who_may_record(registry: Registry, trainings: Trainings) -> None:
    body = trainings.body()
    assert (await registry.post("/trainings", json=body)).status_code == 401
    for role in ("caf@020201", "commune_clerk@020201", "jaapc@020201", "operator@", "citizen@"):
        assert (await registry.post("/trainings", role, json=body)).json()["code"] == "permission_missing"
    for role in ("district_officer@0203", "partner@0203"):
        assert (await registry.post("/trainings", role, json=body)).json()["code"] == "area_not_covered"
    made = await registry.post("/trainings", OFFICER, json=body)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    shown = made.json()
    assert (shown["level"], shown["total"], shown["female"], shown["cafs_named"]) == ("district", 4, 3, 0)
    assert shown["participants"] == [WOMEN, MEN]
    assert (await registry.get(f"/trainings/{shown['id']}")).json() == shown
    assert (await registry.get(f"/trainings/{uuid4()}")).json()["code"] == "training_not_found"
    assert (await registry.post("/trainings", OFFICER, json=trainings.body(area_code=""))).status_code == 403


async def test_a_partner_records_its_own(registry: Registry, trainings: Trainings) -> None:
    partner = UUID((await registry.system("partner@02"))["id"])
    headers = registry.world.as_("partner@02", user_id=partner)
    post, path = registry.client.http.post, "/api/registry/v1/trainings"
    refused = await post(path, headers=headers, json=trainings.body())
    assert refused.json()["code"] == "organiser_not_yours"
    link = f"/api/registry/v1/organisations/{trainings.care}/accounts/{partner}"
    await registry.client.http.put(link, headers=registry.world.as_(NCDDS))
    theirs, other = await trainings.caf(supporter_id=trainings.care), await trainings.caf(name="Other")
    unseen = await post(path, headers=headers, json=trainings.body(caf_ids=[theirs, other]))
    assert [error["pointer"] for error in unseen.json()["errors"]] == ["/caf_ids/1"]
    made = await post(path, headers=headers, json=trainings.body(caf_ids=[theirs]))
    assert (made.status_code, await trainings.trained(theirs)) == (201, "2026-02-11")
    wider = await registry.patch(
        f"/trainings/{made.json()['id']}", NCDDS, etag='"1"', json={"caf_ids": [theirs, other]}
    )
    assert wider.json()["cafs_named"] == 2
    mine, patch = f"{path}/{made.json()['id']}", registry.client.http.patch
    after = await patch(mine, headers=headers | {"If-Match": '"2"'}, json={"caf_ids": []})
    assert (after.json()["cafs_named"], await trainings.trained(other)) == (
        1,
        "2026-02-11",
    )  # whom it does not see stays
    another = (await registry.get("/organisations?q=RACHA")).json()["items"][0]["id"]
    taken = await patch(mine, headers=headers | {"If-Match": '"3"'}, json={"organiser_id": another})
    assert taken.json()["code"] == "organiser_not_yours"


async def test_facilitators_records_follow_their_trainings(registry: Registry, trainings: Trainings) -> None:
    mom, dara = await trainings.caf(), await trainings.caf("030101", name="Dara", sex="male")
    first = await trainings.make(caf_ids=[mom, mom, dara])
    bodies = [trainings.body(held_from=f"2026-03-0{day}", held_until=f"2026-03-0{day}", caf_ids=[mom]) for day in "125"]
    await asyncio.gather(*(registry.post("/trainings", NCDDS, json=body) for body in bodies))
    assert (first["cafs_named"], await trainings.trained(mom), await trainings.trained(dara)) == (
        2, "2026-03-05", "2026-02-11",
    )  # fmt: skip
    path = f"/trainings/{first['id']}/cafs"
    assert (await registry.get(path)).status_code == 401
    seen = await registry.get(path, OFFICER)
    assert ([caf["name"] for caf in seen.json()["items"]], seen.headers["cache-control"]) == (["Mom"], "no-store")
    assert len((await registry.get(path, NCDDS)).json()["items"]) == 2
    later = {"held_until": "2026-04-01"}
    await registry.patch(f"/trainings/{first['id']}", NCDDS, etag='"1"', json=later)
    assert (await trainings.trained(mom), await trainings.trained(dara)) == ("2026-04-01", "2026-04-01")
    few = {"participants": [MEN]}
    refused = await registry.patch(f"/trainings/{first['id']}", NCDDS, etag='"2"', json=few)
    assert refused.json()["errors"][0]["code"] == "more_cafs_than_took_part"
    withdraw = f"/trainings/{first['id']}:withdraw"
    for role, status in (((), 401), (("caf@020201",), 403), (("district_officer@0203",), 403)):
        assert (await registry.post(withdraw, *role, json={"reason": "Twice."})).status_code == status
    both = await asyncio.gather(*(registry.post(withdraw, NCDDS, json={"reason": "Twice."}) for _ in "ab"))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    assert (await trainings.trained(mom), await trainings.trained(dara)) == ("2026-03-05", None)
    assert (await registry.patch(f"/trainings/{first['id']}", NCDDS, etag="*", json={})).status_code == 409
    assert [one["id"] for one in (await registry.get("/trainings?withdrawn=true")).json()["items"]] == [first["id"]]
    assert len(await registry.all_pages("/trainings", limit=1)) == 3


async def test_corrections_follow_the_version(registry: Registry, trainings: Trainings) -> None:
    made = await trainings.make()
    path = f"/trainings/{made['id']}"
    assert (await registry.patch(path, json={})).status_code == 401
    assert (await registry.patch(path, "district_officer@0203", etag='"1"', json={})).status_code == 403
    assert (await registry.patch(path, OFFICER, json={})).status_code == 428
    assert (await registry.patch(path, OFFICER, etag='"1"', json={"area_code": "0203"})).status_code == 403
    changes = {"area_code": "020202", "topic": "jaap", "title": "JAAP", "participants": [CITIZENS], "held_from": None}
    answers = await asyncio.gather(*(registry.patch(path, OFFICER, etag='"1"', json=changes) for _ in "ab"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    shown = (await registry.get(path)).json()
    assert (shown["topic"], shown["level"], shown["participants"]) == ("jaap", "commune", [CITIZENS])
    assert (shown["held_from"], shown["version"]) == ("2026-02-10", 2)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"topic": "cooking"}, "/topic"),
    ({"topic": "X Y"}, "/topic"),
    ({"organiser_id": str(uuid4())}, "/organiser_id"),
    ({"area_code": "029999"}, "/area_code"),
    ({"area_code": "02020101"}, "/area_code"),
    ({"held_until": "2026-02-09"}, "/held_until"),
    ({"held_until": "2999-01-01"}, "/held_until"),
    ({"held_from": "yesterday"}, "/held_from"),
    ({"participants": []}, "/participants"),
    ({"participants": [MEN, MEN]}, "/participants"),
    ({"participants": [MEN | {"number": 0}]}, "/participants/0/number"),
    ({"participants": [MEN | {"sex": "F"}]}, "/participants/0/sex"),
    ({"caf_ids": [str(uuid4())]}, "/caf_ids/0"),
    ({"caf_ids": ["x"]}, "/caf_ids/0"),
    ({"title": "a\x00"}, "/title"),
    ({"place": "Hall"}, "/place"),
]


async def test_bad_input_is_named(registry: Registry, trainings: Trainings) -> None:
    for change, pointer in BAD:
        answer = await registry.post("/trainings", NCDDS, json=trainings.body(**change))
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    for query in ("?from=x", "?topic=X%20", "?organiser_id=1", "?area=2", "?cursor=WzFd", "?since=2026-01-01"):
        assert (await registry.get(f"/trainings{query}")).status_code == 422
    for listing in ("", ".csv"):
        unknown = await registry.get(f"/trainings{listing}?topic=cooking")
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "query/topic")
    for query in ("?from=2026-02-01&until=2026-01-01", "?area=99", "?level=village", "?area=0202&level=province"):
        assert (await registry.get(f"/training-report{query}")).status_code == 422


async def test_topics_are_the_secretariats(registry: Registry, trainings: Trainings) -> None:
    body = {"code": "first_aid", "name_km": "សង្គ្រោះបឋម", "name_en": "First aid"}
    assert (await registry.post("/training-topics", json=body)).status_code == 401
    assert (await registry.post("/training-topics", "province_officer@02", json=body)).status_code == 403
    assert (await registry.post("/training-topics", NCDDS, json=body | {"code": "First aid"})).status_code == 422
    answers = await asyncio.gather(*(registry.post("/training-topics", NCDDS, json=body) for _ in "ab"))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    path = "/training-topics/first_aid"
    assert (await registry.patch(path, json={})).status_code == 401
    assert (await registry.patch("/training-topics/none", NCDDS, etag='"1"', json={})).status_code == 404
    assert (await registry.patch(path, NCDDS, json={"active": False})).status_code == 428
    await trainings.make(topic="first_aid")
    changed = await registry.patch(path, NCDDS, etag='"1"', json={"active": False, "name_km": None})
    assert (changed.json()["active"], changed.json()["name_km"], changed.json()["version"]) == (False, "សង្គ្រោះបឋម", 2)
    assert (await registry.post("/trainings", NCDDS, json=trainings.body(topic="first_aid"))).status_code == 422
    assert len((await registry.get("/trainings?topic=first_aid")).json()["items"]) == 1
    assert "first_aid" not in {
        one["code"] for one in (await registry.get("/training-topics?active=true")).json()["items"]
    }


async def test_the_report_counts_each_once(registry: Registry, trainings: Trainings) -> None:
    mom = await trainings.caf()
    await trainings.make(caf_ids=[mom])
    await trainings.make(area_code="020201", caf_ids=[mom], participants=[WOMEN, CITIZENS], topic="jaap")
    await trainings.make(area_code="", participants=[{"kind": "official", "sex": "male", "number": 20}])
    await trainings.make(area_code="0301", held_from="2025-12-01", held_until="2025-12-31")
    gone = await trainings.make(area_code="0202")
    await registry.post(f"/trainings/{gone['id']}:withdraw", NCDDS, json={"reason": "Twice."})
    report = (await registry.get("/training-report?from=2026-01-01&until=2026-12-31")).json()
    total = report["total"]
    assert (report["level"], total["trainings"], total["total"], total["female"], total["cafs_named"]) == (
        "province", 3, 31, 6, 1,
    )  # fmt: skip
    assert {row["area_code"]: row["trainings"] for row in report["rows"]} == {"02": 2, "03": 0}
    assert report["rows"][0]["participants"] == [
        {"total": 7, "female": 6, "male": 1, "undisclosed": 0, "kind": "caf"},
        {"total": 4, "female": 0, "male": 0, "undisclosed": 4, "kind": "citizen"},
    ]
    assert (report["rows"][0]["female_percent"], report["rows"][1]["female_percent"]) == (55, None)
    assert {topic["topic"]: topic["trainings"] for topic in report["topics"]} == {"facilitation": 2, "jaap": 1}
    below = (await registry.get("/training-report?area=0202&from=2026-01-01")).json()
    assert (below["total"]["trainings"], [row["trainings"] for row in below["rows"]]) == (2, [1, 0])
    whole = (await registry.get("/training-report?from=2025-01-01&level=commune")).json()
    assert (whole["total"]["trainings"], sum(row["trainings"] for row in whole["rows"])) == (4, 1)
    file = await registry.get("/training-report.csv?from=2026-01-01")
    rows = list(csv.DictReader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [(row["trainings"], row["caf_female"], row["official_male"]) for row in rows] == [
        ("3", "6", "20"), ("2", "6", "0"), ("0", "0", "0"),
    ]  # fmt: skip
    listed = await registry.get("/trainings.csv?area=0202&topic=jaap")
    assert [row["citizen_undisclosed"] for row in csv.DictReader(io.StringIO(listed.text.removeprefix("\ufeff")))] == [
        "4"
    ]
    for path in ("/training-report.xlsx", "/trainings.xlsx"):
        assert (await registry.get(path)).content.startswith(b"PK")
