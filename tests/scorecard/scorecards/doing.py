"""What tests of scorecards do often."""

from typing import Any
from uuid import UUID, uuid4

from httpx import Response

from services.scorecard.scorecards.models import Scorecard as Card
from tests.scorecard.conftest import API, CAF, CENTRE, NCDDS, Scorecard

VILLAGE, FAR_VILLAGE = "02030101", "02030201"


def card(**changes: Any) -> Card:
    """A running scorecard of the health centre that is stored nowhere."""
    values: dict[str, Any] = {
        "round_id": uuid4(),
        "unit_code": CENTRE,
        "unit_kind": "health_centre",
        "area_code": "020301",
        "indicator_set_id": uuid4(),
        "indicator_count": 10,
    }
    return Card(**values | changes)


async def act(
    scorecard: Scorecard, verb: str, grant: str, body: Any = None, *, unit: str = CENTRE, by: UUID | None = None
) -> Response:
    """Take a unit's scorecard a step further: `await act(scorecard, ":return", OFFICER, {"reason": "…"})`."""
    path = f"{API}/rounds/{scorecard.round_id}/units/{unit}{verb}"
    return await scorecard.client.http.post(path, json=body, headers=scorecard.as_(grant, user_id=by))


async def card_of(scorecard: Scorecard, unit: str = CENTRE, grant: str = NCDDS) -> dict[str, Any]:
    """The scorecard of a unit as it is now."""
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{unit}/scorecard", grant)
    assert answer.status_code == 200, answer.text
    card: dict[str, Any] = answer.json()
    return card


async def history_of(scorecard: Scorecard, unit: str = CENTRE) -> list[tuple[str, str | None, str]]:
    """The steps of a unit's scorecard: action, from which state, to which."""
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{unit}/history", CAF)
    assert answer.status_code == 200, answer.text
    return [(step["action"], step["from_state"], step["to_state"]) for step in answer.json()["items"]]


async def put_plan(scorecard: Scorecard, body: Any, grant: str, etag: str = "*", unit: str = CENTRE) -> Response:
    """Say when a unit is scored and in which villages."""
    path = f"{API}/rounds/{scorecard.round_id}/units/{unit}/plan"
    headers = scorecard.as_(grant) | ({"If-Match": etag} if etag else {})
    return await scorecard.client.http.put(path, json=body, headers=headers)
