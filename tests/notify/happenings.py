"""Events as other services would tell them."""

from typing import Any
from uuid import UUID, uuid4

from shared.areas import level_of, parent_of
from shared.events import Envelope, Event, decode, encode, new_identity
from shared.events.budget import AllocationMade, AllocationReleased, EnvelopeOpened
from shared.events.jaap import ActionChanged, FundingRequested, PlanOpened
from shared.events.registry import AreaChanged, PackPublished, PackWithdrawn
from shared.events.scorecard import IndicatorResult, ResultPublished, ResultWithdrawn, RoundClosed, RoundOpened

ACTION = UUID("0199f3a2-0000-7000-8000-00000000000a")
COMMUNE, UNIT = "020301", "HC-020301-1"
ROUND = {"round_id": uuid4(), "year": 2026, "title_km": "ជុំឆ្នាំ ២០២៦", "title_en": "Round of 2026"}
PLAN = {"plan_id": uuid4(), "year": 2026, "area_code": COMMUNE}
ALLOCATION = {
    "allocation_id": uuid4(),
    "request_id": uuid4(),
    "action_id": ACTION,
    "envelope_id": uuid4(),
    "fund_source": "commune_fund",
    "year": 2026,
    "area_code": COMMUNE,
    "amount": 5_000_000,
}
NAMES = {
    "02": ("បាត់ដំបង", "Battambang"),
    "0203": ("ក្រុងបាត់ដំបង", "Battambang town"),
    "020301": ("ទួលតាឯក", "Tuol Ta Ek"),
}


def envelope(event: Event) -> Envelope:
    """An event as it arrives, with an identity of its own."""
    event_id, time = new_identity()
    return decode(encode(event, event_id=event_id, time=time, traceparent=""))


def area(code: str, **changes: Any) -> AreaChanged:
    """The registry tells of an area."""
    name_km, name_en = NAMES.get(code, (f"តំបន់ {code}", f"Area {code}"))
    values: dict[str, Any] = {
        "id": uuid4(),
        "code": code,
        "level": level_of(code),
        "parent_code": parent_of(code) or None,
        "name_km": name_km,
        "name_en": name_en,
        "status": "open",
        "version": 1,
    }
    return AreaChanged(**(values | changes))


def round_opened(*area_codes: str, **changes: Any) -> RoundOpened:
    """Scoring begins."""
    return RoundOpened(**(ROUND | {"area_codes": list(area_codes)} | changes))


def round_closed(*area_codes: str, **changes: Any) -> RoundClosed:
    """Scoring ends."""
    return RoundClosed(**(ROUND | {"area_codes": list(area_codes)} | changes))


def indicator(code: str, median: float | None = 2.5) -> IndicatorResult:
    """One indicator's result."""
    return IndicatorResult(
        code=code,
        label_km=f"លក្ខណៈ {code}",
        label_en=code.capitalize(),
        n=40 if median else None,
        median=median,
        mean=median,
        self_score=4,
        gap=None,
    )


def result_published(**changes: Any) -> ResultPublished:
    """A unit's result."""
    values: dict[str, Any] = {
        "result_id": uuid4(),
        "round_id": ROUND["round_id"],
        "year": 2026,
        "unit_code": UNIT,
        "unit_kind": "health_centre",
        "unit_name_km": "មណ្ឌលសុខភាព ទួលតាឯក",
        "unit_name_en": "Tuol Ta Ek Health Centre",
        "area_code": COMMUNE,
        "version": 1,
        "participants": 1_234,
        "suppressed": False,
        "indicators": [indicator("waiting", 2.5), indicator("medicine", 2), indicator("respect", 4)],
        "weakest": ["medicine", "waiting"],
    }
    return ResultPublished(**(values | changes))


def result_withdrawn(**changes: Any) -> ResultWithdrawn:
    """The same result is public no longer."""
    values = result_published().model_dump(include=set(ResultWithdrawn.model_fields)) | {"reason": "Wrong unit"}
    return ResultWithdrawn(**(values | changes))


def pack_published(**changes: Any) -> PackPublished:
    """A unit's information for citizens is public."""
    named = result_published().model_dump(include=set(PackPublished.model_fields))
    return PackPublished(**(named | {"pack_id": uuid4(), "version": 1, "facts": 9} | changes))


def pack_withdrawn(**changes: Any) -> PackWithdrawn:
    """The same information is public no longer."""
    values = pack_published().model_dump(include=set(PackWithdrawn.model_fields)) | {"reason": "A wrong fee"}
    return PackWithdrawn(**(values | changes))


def plan_opened(**changes: Any) -> PlanOpened:
    """A commune's plan begins."""
    return PlanOpened(**(PLAN | changes))


def action_changed(status: str = "agreed", **changes: Any) -> ActionChanged:
    """An action takes a step."""
    values: dict[str, Any] = {
        **PLAN,
        "action_id": ACTION,
        "number": 3,
        "title_km": "ជួសជុលអណ្តូងទឹក",
        "title_en": "Repair the well",
        "previous_status": "proposed",
        "status": status,
        "cost": 12_500_000,
        "funded_amount": 0,
        "drop_reason": None,
    }
    return ActionChanged(**(values | changes))


def funding_requested(**changes: Any) -> FundingRequested:
    """An action asks for money."""
    values: dict[str, Any] = {
        **PLAN,
        "request_id": uuid4(),
        "action_id": ACTION,
        "title_km": "ជួសជុលអណ្តូងទឹក",
        "title_en": "Repair the well",
        "amount": 12_500_000,
        "requested_by": uuid4(),
    }
    return FundingRequested(**(values | changes))


def envelope_opened(**changes: Any) -> EnvelopeOpened:
    """A body sets money aside."""
    values: dict[str, Any] = {
        "envelope_id": uuid4(),
        "year": 2026,
        "fund_source": "district_fund",
        "area_code": "0203",
        "amount": 80_000_000,
    }
    return EnvelopeOpened(**(values | changes))


def allocation_made(**changes: Any) -> AllocationMade:
    """An action gets money."""
    return AllocationMade(**(ALLOCATION | changes))


def allocation_released(**changes: Any) -> AllocationReleased:
    """The money goes back."""
    return AllocationReleased(**(ALLOCATION | {"reason": "The action was dropped"} | changes))
