"""Kinds of bodies and their duties: the strategy's, and what NCDDS makes of them."""

import asyncio
from typing import Any

import pytest

from tests.registry.bodies.making import on_that_day, recognise
from tests.registry.conftest import Registry

__all__ = ["on_that_day"]
pytestmark = pytest.mark.usefixtures("on_that_day")
KIND = "/body-kinds/working_group"


async def test_the_strategys_duties(registry: Registry) -> None:
    kinds = (await registry.get("/body-kinds")).json()["items"]
    duties = {(kind["code"], duty["level"]): duty["every_months"] for kind in kinds for duty in kind["duties"]}
    assert duties == {
        ("isaf_psc", "nation"): None, ("meid", "nation"): 3, ("working_group", "province"): 3,
        ("working_group", "district"): 2, ("caf_network", "province"): 3, ("caf_network", "district"): 3,
        ("jaapc", "commune"): 1, ("council", "commune"): None,
    }  # fmt: skip
    one = await registry.get("/body-kinds/jaapc")
    assert (one.headers["etag"], one.json()["levels"]) == ('"1"', ["commune"])
    assert (await registry.get("/body-kinds/choir")).json()["code"] == "body_kind_not_found"


async def test_who_changes_a_kind(registry: Registry) -> None:
    change = {"name_en": "Working group"}
    assert (await registry.patch(KIND, json=change, etag='"1"')).status_code == 401
    for role in ("operator@", "province_officer@02"):
        assert (await registry.patch(KIND, role, json=change, etag='"1"')).json()["code"] == "permission_missing"
    assert (await registry.patch(KIND, "ncdds@02", json=change, etag='"1"')).json()["code"] == "area_not_covered"
    assert (await registry.patch(KIND, "ncdds@", json=change)).status_code == 428
    both = await asyncio.gather(*(registry.patch(KIND, "ncdds@", json=change, etag='"1"') for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 412]
    trail = await registry.rows("SELECT subject, detail FROM audit_entry WHERE subject_kind = 'body_kind'")
    assert [tuple(row) for row in trail] == [("working_group", change)]


async def test_a_duty_changes_on_a_day_to_come(registry: Registry) -> None:
    def sent(**more: Any) -> dict[str, Any]:
        return {"duties": [{"level": "district", "every_months": 3, "grace_days": 10} | more]}

    for since in ("2026-07-01", "2026-09-01", "2026-10-01", "2027-01-02"):
        refused = await registry.patch(KIND, "ncdds@", etag='"1"', json=sent(since=since))
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/duties/0/since")
        assert "2027-01-01" in refused.json()["detail"]
    for wrong in (
        {"level": "commune", "since": "2027-01-01"},
        {"every_months": 5},
        {"grace_days": 29},
        {"grace_days": -1},
        {"level": "town"},
    ):
        assert (await registry.patch(KIND, "ncdds@", etag='"1"', json=sent(**wrong))).status_code == 422
    later = await registry.patch(KIND, "ncdds@", etag='"1"', json=sent(since="2027-07-01"))
    sooner = await registry.patch(KIND, "ncdds@", etag='"2"', json=sent())
    days = [[duty["since"] for duty in one.json()["duties"] if duty["level"] == "district"] for one in (later, sooner)]
    assert days == [["2000-01-01", "2027-07-01"], ["2000-01-01", "2027-01-01"]]
    back = await registry.patch(KIND, "ncdds@", etag='"3"', json=sent(every_months=2, grace_days=15))
    assert len(back.json()["duties"]) == 2, "the duty that holds, sent again, takes back what was to come"


async def test_a_kind_of_their_own(registry: Registry) -> None:
    duty: dict[str, Any] = {"level": "district", "every_months": 6, "grace_days": 20}
    kind = {"code": "jury", "name_km": "គណៈវិនិច្ឆ័យ", "name_en": "Jury", "duties": [duty]}
    assert (await registry.post("/body-kinds", json=kind)).status_code == 401
    assert (await registry.post("/body-kinds", "ncdds@02", json=kind)).json()["code"] == "area_not_covered"
    duties: list[list[dict[str, Any]]] = [[], [duty, duty], [duty | {"since": "2027-01-01"}]]
    wrong: list[dict[str, Any]] = [{"code": "Jury"}, {"levels": []}, *({"duties": listed} for listed in duties)]
    for change in wrong:
        assert (await registry.post("/body-kinds", "ncdds@", json={**kind, **change})).status_code == 422
    both = await asyncio.gather(*(registry.post("/body-kinds", "ncdds@", json=kind) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert (await registry.get("/body-kinds/jury")).json()["duties"] == [duty | {"since": "2000-01-01"}]
    more = {"duties": [duty | {"level": "commune"}]}
    changed = await registry.patch("/body-kinds/jury", "ncdds@", etag='"1"', json=more)
    assert changed.json()["levels"] == ["district", "commune"]
    assert (await recognise(registry, "jury", "020201"))["name_en"] == "Jury Area 020201"
