"""A published round to give out."""

from typing import Any
from uuid import uuid4

import pytest

from tests.scorecard.conftest import CENTRE, PROVIDER, SCHOOL, Scorecard, unit

RISKY = "HC-020302-2"
SMALL = "CA-020301"


@pytest.fixture
async def published(scorecard: Scorecard) -> Scorecard:
    """Two health centres, one with a name that looks like a formula, a school, and an office that too few scored."""
    await scorecard.tell(unit(RISKY, "health_centre", name_en="=cmd|'/C calc'!A0", name_km="-មណ្ឌល"))
    await scorecard.open(year=2026)
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": CENTRE, "scores": [5] * 10}
    assert (await scorecard.post("/self-assessments", own, PROVIDER)).status_code == 201
    await scorecard.cast(6, sex="female", scores=[1, *[4] * 8, None])
    await scorecard.cast(7, sex="male", scores=[2, *[4] * 8, None])
    await scorecard.cast(6, RISKY, scores=[4] * 10)
    await scorecard.cast(8, SCHOOL)
    await scorecard.cast(3, SMALL)
    for code in (CENTRE, RISKY, SCHOOL, SMALL):
        await scorecard.submit_and_publish(code)
    return scorecard


async def download(scorecard: Scorecard, path: str, *grants: str, **params: Any) -> bytes:
    """A file of the round."""
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}{path}", *grants, **params)
    assert answer.status_code == 200, answer.text
    return answer.content
