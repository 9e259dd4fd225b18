"""The people in a body: who sees and changes them, and that nothing of them goes elsewhere."""

import asyncio
import json
from typing import Any

import pytest

from tests.registry.areas.conftest import Areas
from tests.registry.bodies.making import OFFICER, on_that_day, recognise
from tests.registry.conftest import Registry

__all__ = ["on_that_day"]
pytestmark = pytest.mark.usefixtures("on_that_day")
DARA = {
    "name": "សុខ ដារ៉ា", "sex": "female", "position": "ប្រធាន", "organisation": "ក្រុមប្រឹក្សាឃុំ", "phone": "០១២ ៣៤៥ ៦៧៨",
    "term_from": "2026-01-12", "term_until": "2026-06-30",
}  # fmt: skip
CLERK = "commune_clerk@020201"


async def add(registry: Registry, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await registry.post(f"/bodies/{body['id']}/members", CLERK, json=DARA | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_who_sees_and_adds_members(registry: Registry) -> None:
    body = await recognise(registry)
    path = f"/bodies/{body['id']}/members"
    assert (await registry.post(path, json=DARA)).status_code == 401
    for role, code in (("jaapc@020201", "permission_missing"), ("commune_clerk@020202", "area_not_covered")):
        assert (await registry.post(path, role, json=DARA)).json()["code"] == code
    made = await add(registry, body)
    assert made["phone"] == "+85512345678"
    assert (await registry.get(path)).status_code == 401
    for role, status in (("caf@020201", 403), ("partner@02", 403), ("jaapc@020202", 403), ("jaapc@020201", 200)):
        assert (await registry.get(path, role)).status_code == status
    seen = await registry.get(path, OFFICER)
    assert (seen.json()["items"], seen.headers["cache-control"]) == ([made], "no-store")
    await add(registry, body, name="ចាន់ ធី", sex="male", term_until=None)
    await add(registry, body, name="Next", term_from="2026-08-01", term_until=None)
    public = (await registry.get(f"/bodies/{body['id']}")).text
    assert json.loads(public)["members"] == {"total": 2, "female": 1, "male": 1, "undisclosed": 0, "term_over": 1}
    trail = await registry.rows("SELECT detail::text FROM audit_entry WHERE subject_kind = 'body_member'")
    for said in (public, *(row[0] for row in trail)):
        assert not any(word in said for word in ("ដារ៉ា", "12345678", "ប្រធាន"))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "/name"),
    ({"sex": "f"}, "/sex"),
    ({"phone": "12"}, "/phone"),
    ({"term_until": "2026-01-11"}, ""),
    ({"term_from": None}, "/term_from"),
    ({"account_id": "00000000-0000-4000-8000-000000000000"}, "/account_id"),
    ({"salary": 1}, "/salary"),
]


async def test_bad_input(registry: Registry) -> None:
    body = await recognise(registry)
    for change, pointer in WRONG:
        answer = await registry.post(f"/bodies/{body['id']}/members", CLERK, json=DARA | change)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert "ដារ៉ា" not in answer.text


async def test_an_account_has_to_do_with_the_place(registry: Registry) -> None:
    body = await recognise(registry)
    near, far = await registry.person("partner@02"), await registry.person("partner@03", username="far")
    assert (await add(registry, body, account_id=near["id"]))["account_id"] == near["id"]
    refused = await registry.post(f"/bodies/{body['id']}/members", CLERK, json=DARA | {"account_id": far["id"]})
    assert refused.json()["code"] == "account_unfit"


async def test_correcting_and_leaving(registry: Registry) -> None:
    body = await recognise(registry)
    member = await add(registry, body)
    path = f"/body-members/{member['id']}"
    change = {"term_until": None, "position": "សមាជិក", "name": None}
    assert (await registry.patch(path, json=change, etag='"1"')).status_code == 401
    assert (await registry.patch(path, "commune_clerk@020202", json=change, etag='"1"')).status_code == 403
    assert (await registry.patch(path, CLERK, json=change)).status_code == 428
    both = await asyncio.gather(*(registry.patch(path, CLERK, json=change, etag='"1"') for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    changed = next(answer.json() for answer in both if answer.status_code == 200)
    assert changed == member | {"term_until": None, "position": "សមាជិក", "version": 2}
    turned = await registry.patch(path, CLERK, json={"term_until": "2025-12-31"}, etag='"2"')
    assert turned.json()["code"] == "term_ends_before_it_begins"
    assert (await registry.post(f"{path}:leave", "jaapc@020201", json={})).status_code == 403
    for day, code in (("2026-01-11", "before_the_begin"), ("2026-07-21", "date_in_future")):
        assert (await registry.post(f"{path}:leave", CLERK, json={"left_on": day})).json()["code"] == code
    left = await registry.post(f"{path}:leave", CLERK, json={"left_on": "2026-05-01", "reason": "Moved away."})
    assert (left.json()["left_on"], left.json()["version"]) == ("2026-05-01", 3)
    assert (await registry.post(f"{path}:leave", CLERK, json={})).json()["code"] == "member_left"
    members = f"/bodies/{body['id']}/members"
    assert (await registry.get(members, CLERK)).json()["items"] == []
    assert (await registry.get(f"{members}?left=true", CLERK)).json()["items"] == [left.json()]
    missing = "/body-members/00000000-0000-4000-8000-000000000000"
    assert (await registry.patch(missing, CLERK, json={}, etag='"1"')).status_code == 404
    gone = {"reason": "Elected anew."}
    await registry.post(f"/bodies/{body['id']}:dissolve", CLERK, json=gone)
    assert (await registry.post(members, CLERK, json=DARA)).json()["code"] == "body_dissolved"


async def test_people_of_an_ended_area_are_nobodys_who_has_its_code(registry: Registry) -> None:
    areas = Areas(registry)
    await areas.open("020204")
    body = await recognise(registry, area="020204", recognised_on="2026-03-01")
    path = f"/bodies/{body['id']}/members"
    made = await registry.post(path, OFFICER, json=DARA)
    await areas.of("020204", "close", effective_on="2026-04-01")
    await areas.open("020204", effective_on="2026-04-01")
    assert (await registry.get(path, "commune_clerk@020204")).json()["code"] == "area_not_covered"
    change = await registry.patch(f"/body-members/{made.json()['id']}", "commune_clerk@020204", etag="*", json={})
    assert change.json()["code"] == "area_not_covered"
    assert len((await registry.get(path, OFFICER)).json()["items"]) == 1


async def test_a_member_sits_there_for_an_organisation_or_for_whoever_is_named(registry: Registry) -> None:
    body, care = await recognise(registry), (await registry.get("/organisations?q=CARE")).json()["items"][0]
    made = await add(registry, body, organisation="care")
    assert (made["organisation_id"], made["organisation"]) == (care["id"], "care")
    path = f"/body-members/{made['id']}"
    for change, organisation_id, name in (
        ({"position": "Member"}, care["id"], "care"),
        ({"organisation": "ក្រុមប្រឹក្សាឃុំ"}, None, "ក្រុមប្រឹក្សាឃុំ"),
        ({"organisation_id": care["id"]}, care["id"], "CARE"),
        ({"organisation_id": None}, None, None),
    ):
        shown = (await registry.patch(path, OFFICER, etag="*", json=change)).json()
        assert (shown["organisation_id"], shown["organisation"]) == (organisation_id, name)
    wrong = {"organisation_id": care["id"], "organisation": "RACHA"}
    refused = await registry.patch(path, OFFICER, etag="*", json=wrong)
    assert refused.json()["errors"][0]["pointer"] == "/organisation"
    file = f"kind,area_code,name,organisation\njaapc,020201,{made['name']},CARE\n"
    taken = await registry.post("/body-members:import?dry_run=false", OFFICER, content=file.encode())
    assert taken.json()["changed"] == 1
    after = (await registry.get(f"/bodies/{body['id']}/members", OFFICER)).json()["items"]
    assert [(one["organisation_id"], one["organisation"]) for one in after] == [(care["id"], "CARE")]
