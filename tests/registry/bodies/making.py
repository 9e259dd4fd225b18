"""Short ways to recognise bodies and hold their meetings."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.registry.conftest import Registry

TODAY = date(2026, 7, 20)
OFFICER = "district_officer@0202"


@pytest.fixture
def on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is TODAY for all that asks."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=tz)

    monkeypatch.setattr("services.registry.areas.models.datetime", Clock)


async def recognise(registry: Registry, kind: str = "jaapc", area: str = "020201", **more: Any) -> dict[str, Any]:
    """Have a body recognised."""
    body = {"kind": kind, "area_code": area, "recognised_by": "Decision 14", "recognised_on": "2026-01-01"} | more
    answer = await registry.post("/bodies", "ncdds@", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def meeting(body: dict[str, Any], day: str, **more: Any) -> dict[str, Any]:
    """A meeting of a body as a phone would send it."""
    came = {"female": 3, "male": 4, "undisclosed": 0, "guests": None}
    about = {"place": "សាលាឃុំ", "agenda": ["ថវិកា"], "decisions": ["ជួសជុលអណ្ដូង", "Ask the district"]}
    return {"id": str(uuid4()), "body_id": body["id"], "held_on": day, "attendance": came} | about | more


async def meet(registry: Registry, body: dict[str, Any], *days: str) -> list[dict[str, Any]]:
    """Record meetings on these days."""
    sent = [meeting(body, day) for day in days]
    answer = await registry.post("/body-meetings:sync", "ncdds@", json={"meetings": sent})
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == len(sent), answer.text
    return sent
