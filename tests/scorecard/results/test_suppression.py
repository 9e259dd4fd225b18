"""An attack that subtracts: from all that is public, nothing hidden can be computed."""

from random import Random
from typing import Any

from tests.scorecard.conftest import Scorecard, unit

COMMUNES = ("020301", "020302", "020401")
PLACES = ("", "02", "0203", "0204", *COMMUNES)
THRESHOLD = 5


async def play(scorecard: Scorecard, rng: Random) -> list[str]:
    """Units with from 0 to 14 participants, some answers left out."""
    codes = [f"HC-{commune}-{number}" for commune in COMMUNES for number in (2, 3)]
    await scorecard.tell(*(unit(code, "health_centre") for code in codes))
    await scorecard.open()
    for code in codes:
        ballots = [
            scorecard.ballot(
                code,
                scores=[rng.randint(1, 5), *(rng.choice([None, 1, 2, 3, 4, 5]) for _ in range(9))],
                sex=rng.choice(["female", "female", "male", "undisclosed"]),
            )
            for _ in range(rng.choice([0, 1, 3, 4, 6, 9, 14]))
        ]
        if ballots:
            await scorecard.post("/ballots:batch", {"ballots": ballots}, "caf@")
        await scorecard.submit_and_publish(code)
    return codes


async def test_every_public_sum_is_a_sum_of_public_numbers(scorecard: Scorecard) -> None:
    """What is hidden of a unit enters no sum, so no difference between sums, at any levels, can contain it."""
    codes = await play(scorecard, Random(7))
    units = {code: (await scorecard.get(f"/rounds/{scorecard.round_id}/units/{code}/result")).json() for code in codes}
    hidden_units = [result for result in units.values() if result["suppressed"]]
    shown = [result for result in units.values() if not result["suppressed"]]
    hidden_indicators = [entry for result in shown for entry in result["indicators"] if entry["n"] is None]
    assert hidden_units, "the seed makes the attack worth while"
    assert any(result["female"] is None for result in shown)
    assert hidden_indicators
    for place in PLACES:
        inside = [result for result in units.values() if result["area_code"].startswith(place)]
        rolled = (await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place)).json()
        check_sums(rolled, [result for result in inside if not result["suppressed"]])
        taken_part = (await scorecard.get(f"/rounds/{scorecard.round_id}/participation", area=place)).json()
        for sex in ("female", "male", "undisclosed"):
            counts = await split_of(scorecard, inside, sex)
            assert taken_part[sex] == (sum(counts) if counts else None)


def check_sums(rolled: dict[str, Any], shown: list[dict[str, Any]]) -> None:
    """The area's numbers follow from those that its units show."""
    assert rolled["participants"] == sum(result["participants"] for result in shown)
    for sex in ("female", "male", "undisclosed"):
        counts = [result[sex] for result in shown if result[sex] is not None]
        assert rolled[sex] == (sum(counts) if counts else None)
    for kind in rolled["kinds"]:
        for position, entry in enumerate(kind["indicators"]):
            parts = [result["indicators"][position]["distribution"] or [0] * 5 for result in shown]
            assert entry["distribution"] == [sum(cells) for cells in zip(*parts, strict=True)]


async def split_of(scorecard: Scorecard, units: list[dict[str, Any]], sex: str) -> list[int]:
    """The counts of one sex in the units that hide none of theirs, as the tables know them."""
    counts = []
    for result in units:
        where = f"ballot WHERE unit_code = '{result['unit_code']}' AND sex = "
        split = {name: await scorecard.count(f"{where}'{name}'") for name in ("female", "male", "undisclosed")}
        if sum(split.values()) and not any(0 < count < THRESHOLD for count in split.values()):
            counts.append(split[sex])
    return counts


async def test_a_round_may_ask_for_more_people(scorecard: Scorecard) -> None:
    await scorecard.open(suppression_threshold=8)
    await scorecard.cast(7)
    running = (await scorecard.get(f"/rounds/{scorecard.round_id}/units/HC-020301-1/result", "caf@")).json()
    assert (running["suppressed"], running["participants"], running["indicators"][0]["n"]) == (True, None, None)
    await scorecard.cast(1)
    assert (await scorecard.submit_and_publish())["participants"] == 8
