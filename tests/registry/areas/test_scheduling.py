"""Changes whose day has not come: kept, shown, cancelled, applied on their day."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from services.registry.areas import scheduling
from services.registry.areas.models import today_in_cambodia
from services.registry.areas.scheduling import apply_due_changes
from tests.registry.areas.conftest import LAW, NAMES, WRITER, Areas
from tests.registry.conftest import Registry

TOMORROW = today_in_cambodia() + timedelta(days=1)
OPENING = LAW | NAMES | {"code": "020203", "parent_code": "0202", "effective_on": str(TOMORROW)}


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Let the day be another for the worker."""
    return lambda day: monkeypatch.setattr(scheduling, "today_in_cambodia", lambda: day)


async def states(registry: Registry) -> list[str]:
    changes = await registry.all_pages("/area-changes", limit=1)
    return [change["state"] for change in reversed(changes)]


async def test_a_change_waits_for_its_day(areas: Areas, registry: Registry, on_day: Callable[[date], None]) -> None:
    made = await areas.order("/areas", **OPENING)
    assert (made["state"], made["areas"], made["settled_at"]) == ("scheduled", [], None)
    database = registry.client.runtime.database
    assert await apply_due_changes(database) == 0
    assert (await registry.get("/areas/020203")).status_code == 404
    [waiting] = (await registry.get("/area-changes?state=scheduled")).json()["items"]
    assert waiting["id"] == made["id"]
    detail = (await registry.get(f"/area-changes/{made['id']}")).json()
    assert (detail["operations_count"], detail["operations"][0]["code"]) == (1, "020203")
    on_day(TOMORROW)
    assert await apply_due_changes(database) == 1
    assert await apply_due_changes(database) == 0
    area = (await registry.get("/areas/020203")).json()
    assert (area["id"], area["valid_from"]) == (detail["operations"][0]["area_id"], str(TOMORROW))
    assert await states(registry) == ["applied"]
    assert (await registry.get("/area-changes?state=scheduled")).json()["items"] == []


async def test_a_scheduled_change_must_fit_what_is_scheduled_before(areas: Areas, registry: Registry) -> None:
    child: dict[str, Any] = OPENING | {"code": "02020301", "parent_code": "020203"}
    assert (await areas.order("/areas", 422, **child))["code"] == "parent_unknown"
    await areas.order("/areas", **OPENING)
    await areas.order("/areas", **child)
    assert (await areas.order("/areas", 409, **OPENING))["code"] == "area_code_taken"
    early = child | {"code": "02020302", "effective_on": str(TOMORROW - timedelta(days=1))}
    assert (await areas.order("/areas", 422, **early))["code"] == "parent_unknown"
    far = OPENING | {"code": "020204", "effective_on": str(TOMORROW + timedelta(days=2_000))}
    assert (await areas.order("/areas", 422, **far))["code"] == "effective_too_far"
    assert await states(registry) == ["scheduled", "scheduled"]


async def test_a_scheduled_change_can_be_cancelled(
    areas: Areas, registry: Registry, on_day: Callable[[date], None]
) -> None:
    made = await areas.order("/areas", **OPENING)
    path = f"/area-changes/{made['id']}:cancel"
    assert (await registry.post(path)).status_code == 401
    assert (await registry.post(path, "district_officer@0202")).status_code == 403
    assert (await registry.post(path, "ncdds@03")).status_code == 403
    cancelled = await registry.post(path, WRITER)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    again = await registry.post(path, WRITER)
    assert (again.status_code, again.json()["code"]) == (409, "change_not_scheduled")
    on_day(TOMORROW)
    assert await apply_due_changes(registry.client.runtime.database) == 0
    unknown = "/area-changes/00000000-0000-4000-8000-000000000009"
    assert (await registry.get(unknown)).status_code == 404
    assert (await registry.post(f"{unknown}:cancel", WRITER)).status_code == 404
    assert (await registry.get("/area-changes/x")).status_code == 422
    assert (await registry.get("/area-changes?state=lost")).status_code == 422


async def test_what_no_longer_fits_says_so_and_holds_up_nobody(
    areas: Areas, registry: Registry, on_day: Callable[[date], None]
) -> None:
    village = await areas.id_of("02020101")
    await areas.order(f"/areas/{village}:close", effective_on=str(TOMORROW))
    await areas.order("/areas", **OPENING)
    await areas.order(f"/areas/{village}:close")
    on_day(TOMORROW)
    assert await apply_due_changes(registry.client.runtime.database) == 2
    assert await states(registry) == ["failed", "applied", "applied"]
    [failed] = (await registry.get("/area-changes?state=failed")).json()["items"]
    assert (failed["failure"]["code"], bool(failed["failure"]["detail_km"])) == ("area_not_open", True)
    assert (await registry.get("/areas/02020101")).json()["valid_from"] == LAW["effective_on"]
    assert await apply_due_changes(registry.client.runtime.database) == 0


async def test_an_unforeseen_failure_is_written_down(
    areas: Areas, registry: Registry, on_day: Callable[[date], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    await areas.order("/areas", **OPENING)
    on_day(TOMORROW)

    async def broken(*_: object) -> None:
        raise KeyError("a slip in the code")

    monkeypatch.setattr(scheduling, "carry_out", broken)
    assert await apply_due_changes(registry.client.runtime.database) == 1
    assert await states(registry) == ["failed"]


async def test_several_processes_apply_a_change_once(
    areas: Areas, registry: Registry, on_day: Callable[[date], None]
) -> None:
    for code in ("020203", "020204"):
        await areas.order("/areas", **(OPENING | {"code": code}))
    on_day(TOMORROW)
    database = registry.client.runtime.database
    taken = await asyncio.gather(*(apply_due_changes(database) for _ in range(4)))
    assert sum(taken) + await apply_due_changes(database) == 2
    assert await states(registry) == ["applied", "applied"]
    versions = await registry.rows("SELECT version FROM area WHERE code IN ('020203', '020204')")
    assert [row.version for row in versions] == [1, 1]
