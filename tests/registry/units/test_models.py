"""The rules of units, without a database."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registry.areas.models import today_in_cambodia
from services.registry.units.models import Unit
from shared.errors import Conflict, Invalid, Problem

EARLIER, LATER = date(2020, 1, 1), date(2021, 1, 1)


def centre(number: int = 1, **more: Any) -> Unit:
    values: dict[str, Any] = {
        "id": UUID(int=number),
        "code": f"HC-020201-{number}",
        "kind": "health_centre",
        "area_code": "020201",
        "name_km": "ក",
        "name_en": "A",
        "version": 1,
    }
    return Unit(**(values | more))


def refused(problem: type[Problem], code: str, *steps: Callable[[], object]) -> None:
    for step in steps:
        with pytest.raises(problem, match=code):
            step()


def test_a_closed_unit_changes_no_more_until_it_is_opened_again() -> None:
    unit = centre(opened_on=EARLIER)
    unit.close("gone", LATER)
    assert (unit.status, unit.close_reason, unit.closed_on, unit.version) == ("closed", "gone", LATER, 2)
    refused(
        Conflict,
        "unit_closed",
        lambda: unit.close("again", LATER),
        lambda: unit.move("020202", LATER),
        lambda: unit.become("health_post", "HP-020201-1", LATER),
        unit.must_be_open,
    )
    unit.reopen()
    assert (unit.status, unit.version) == ("open", 3)
    assert (unit.closed_on, unit.closed_at, unit.close_reason) == (None, None, None)
    with pytest.raises(Conflict, match="unit_open"):
        unit.reopen()


def test_days_stand_in_their_order_and_not_in_the_future() -> None:
    tomorrow = today_in_cambodia() + timedelta(days=1)
    unit = centre(opened_on=LATER)
    with pytest.raises(Invalid, match="closed_before_opened"):
        unit.close("gone", EARLIER)
    refused(
        Invalid,
        "date_in_future",
        lambda: unit.close("gone", tomorrow),
        lambda: unit.move("020202", tomorrow),
        lambda: unit.become("health_post", "HP-020201-1", tomorrow),
        lambda: unit.open_since(tomorrow),
    )
    assert (unit.version, unit.area_code, unit.opened_on) == (1, "020201", LATER)


def test_a_merged_unit_says_where_it_went() -> None:
    duplicate, survivor = centre(2), centre(1)
    duplicate.merge_into(survivor, "twice")
    assert (duplicate.status, duplicate.merged_into, duplicate.version) == ("closed", "HC-020201-1", 2)
    refused(
        Conflict,
        "merged into HC-020201-1",
        duplicate.reopen,
        duplicate.must_be_open,
        lambda: duplicate.merge_into(survivor, "twice"),
    )
    with pytest.raises(Conflict, match="unit_merged"):
        survivor.merge_into(duplicate, "back")


def test_what_cannot_be_merged() -> None:
    survivor = centre(1)
    with pytest.raises(Invalid, match="unit_same"):
        survivor.merge_into(survivor, "itself")
    school = centre(2, kind="primary_school")
    with pytest.raises(Conflict, match="unit_kinds_differ"):
        school.merge_into(survivor, "different")
    survivor.close("gone", today_in_cambodia())
    with pytest.raises(Conflict, match="unit_closed"):
        school.merge_into(survivor, "closed")
