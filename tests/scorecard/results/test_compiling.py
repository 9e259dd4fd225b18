"""Areas: what units show, and what they show only together; and an attack on a round through its API."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from httpx import Response
from sqlalchemy import text

from services.scorecard.counting.groups import SEXES
from services.scorecard.results.compiling import compile_due
from tests.scorecard.conftest import CAF, CENTRE, NCDDS, PROVINCE, Scorecard, unit
from tests.scorecard.results.attack import Attacker, Vector, plus

COMMUNES = ("020301", "020302", "020401")
PLACES = ("", "02", "0203", "0204", *COMMUNES)
THRESHOLD = 5


async def compile_(scorecard: Scorecard, *grants: str) -> Response:
    """Pool what waits."""
    return await scorecard.post(f"/rounds/{scorecard.round_id}:compile", None, *grants)


async def area(scorecard: Scorecard, place: str, **params: Any) -> dict[str, Any]:
    """An area's results."""
    answer = await scorecard.get(f"/rounds/{scorecard.round_id}/results", area=place, **params)
    found: dict[str, Any] = answer.json()
    return found


async def publish(scorecard: Scorecard, code: str, number: int, **kind: Any) -> None:
    """A unit with so many alike."""
    await scorecard.cast(number, code, **kind)
    await scorecard.submit_and_publish(code)


async def test_units_that_show_nothing_enter_their_areas_together(scorecard: Scorecard) -> None:
    codes = ["HC-020301-2", "HC-020301-3", "HC-020302-2", "HC-020401-2"]
    await scorecard.tell(*(unit(code, "health_centre") for code in codes))
    await scorecard.open()
    for code, number in zip(codes, (3, 4, 2, 9), strict=True):
        await publish(scorecard, code, number, scores=[5] * 10)
    before = await area(scorecard, "")
    assert (before["participants"], before["units_published"], before["units_suppressed"]) == (9, 1, 3)
    for grants, status in (((), 401), (("caf@",), 403), (("province_officer@12",), 403)):
        assert (await compile_(scorecard, *grants)).status_code == status
    compiled = (await compile_(scorecard, PROVINCE)).json()
    assert (compiled["units"], compiled["waiting"]) == (2, 1)
    assert (await compile_(scorecard, NCDDS)).json() == {"pools": 0, "units": 0, "waiting": 1}
    numbers = {place: (await area(scorecard, place))["participants"] for place in PLACES}
    assert numbers == {"": 16, "02": 16, "0203": 7, "0204": 9, "020301": 7, "020302": 0, "020401": 9}
    (kind,) = (await area(scorecard, "020301", groups="true"))["kinds"]
    assert (kind["units"], kind["units_suppressed"], kind["indicators"][0]["distribution"]) == (0, 2, [0, 0, 0, 0, 7])
    women = {"dimension": "sex", "category": "female"}
    assert {**women, "participants": 7} in kind["groups"]
    assert [group["n"] for group in kind["indicators"][3]["groups"] if women.items() <= group.items()] == [7]
    unit_result = (await scorecard.get(f"/rounds/{scorecard.round_id}/units/{codes[0]}/result")).json()
    assert (unit_result["suppressed"], unit_result["participants"]) == (True, None)


async def test_what_is_pooled_stays_when_a_unit_of_it_is_withdrawn(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-2", "health_centre"))
    await scorecard.open()
    await publish(scorecard, CENTRE, 3)
    await publish(scorecard, "HC-020301-2", 3)
    await compile_(scorecard, NCDDS)
    path = f"/rounds/{scorecard.round_id}/units/{CENTRE}"
    assert (await scorecard.post(f"{path}:withdraw", {"reason": "Wrong unit"}, NCDDS)).status_code == 200
    assert (await area(scorecard, "020301"))["participants"] == 6
    assert await scorecard.count("result_count WHERE people IS NOT NULL") == 0, "nobody waits with it any more"
    assert (await scorecard.publish()).json()["suppressed"]
    assert (await compile_(scorecard, NCDDS)).json()["pools"] == 0
    assert (await area(scorecard, "020301"))["participants"] == 6


async def test_a_round_that_is_over_is_compiled_by_itself(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-2", "health_centre"))
    await scorecard.open()
    await publish(scorecard, CENTRE, 3)
    await publish(scorecard, "HC-020301-2", 3)
    database, now = scorecard.client.runtime.database, datetime.now(UTC)
    await compile_due(database, now + timedelta(minutes=1))
    assert (await area(scorecard, ""))["participants"] == 0, "it is not closed"
    await scorecard.close()
    await compile_due(database, now - timedelta(minutes=1))
    assert (await area(scorecard, ""))["participants"] == 0, "it was closed just now"
    await compile_due(database, datetime.now(UTC) + timedelta(minutes=1))
    assert (await area(scorecard, ""))["participants"] == 6


async def test_progress_stands_beside_the_scores(scorecard: Scorecard) -> None:
    await scorecard.open()
    await publish(scorecard, CENTRE, 6)
    await scorecard.count_all()
    progress = (await area(scorecard, "020301"))["progress"]
    assert (progress["planned"], progress["reported"], progress["published"]) == (3, 1, 1)
    assert (progress["completeness"], progress["timeliness"]) == (0.3333, 0.3333)
    (kind,) = (await area(scorecard, "020301"))["kinds"]
    assert kind["progress"]["completeness"] == 1


async def test_villages_alike_or_all_ballots_as_one(scorecard: Scorecard) -> None:
    medians = {}
    for rule in ("pooled", "median_of_medians"):
        await scorecard.open(village_rule=rule)
        await scorecard.cast(11, scores=[1] * 10, village_code="02030101")
        await scorecard.cast(5, scores=[4] * 10)
        meeting = [scorecard.ballot(scores=[5] * 10) for _ in range(7)]
        assert (await scorecard.post("/ballots:batch", {"ballots": meeting}, CAF)).json()["accepted"] == 7
        result = await scorecard.submit_and_publish()
        medians[rule] = [result["indicators"][0]["median"]]
        assert [village["village_code"] for village in result["villages"]] == ["02030101"]
        assert result["villages"][0]["indicators"][0] == {
            "code": result["indicators"][0]["code"],
            "n": 11,
            "median": 1.0,
            "mean": 1.0,
        }
        (kind,) = (await area(scorecard, "0203"))["kinds"]
        medians[rule].append(kind["indicators"][0]["median"])
    assert medians == {"pooled": [4.0, 4.0], "median_of_medians": [1.0, 1.0]}


class Watcher:
    """An attacker who reads participants and the first indicator's answers, by sex, through the API."""

    def __init__(self, scorecard: Scorecard, codes: list[str]) -> None:
        self.scorecard, self.codes = scorecard, codes
        self.attackers = {measure: Attacker() for measure in ("participants", "n")}

    async def look(self) -> None:
        """Read every unit and area; which units an area's numbers are of is known to whoever asks the database."""
        shown: dict[tuple[str, bool], set[str]] = defaultdict(set)
        for code in self.codes:
            answer = await self.scorecard.get(f"/rounds/{self.scorecard.round_id}/units/{code}/result", groups="true")
            if answer.status_code == 200:
                for (measure, split), numbers in read(answer.json(), answer.json()["indicators"]).items():
                    shown[measure, split].add(code)
                    self.learn(measure, split, [code], numbers)
        async with self.scorecard.client.runtime.database.transaction() as db:
            atoms = {row.unit_code: row.atoms for row in await db.execute(text("SELECT * FROM result_count"))}
        for place in PLACES:
            found = await area(self.scorecard, place, groups="true")
            for kind in found["kinds"]:
                for (measure, split), numbers in read(kind, kind["indicators"]).items():
                    dimension = "sex" if split else "all"
                    inside = {code for code in shown[measure, split] if is_in(place, code)}
                    inside |= pooled_in(place, dimension, atoms)
                    self.learn(measure, split, sorted(inside), numbers)

    def learn(self, measure: str, split: bool, codes: list[str], numbers: list[int]) -> None:
        """Numbers of units together, by sex or of everybody."""
        for at, number in enumerate(numbers):
            categories = [SEXES[at]] if split else SEXES
            vector: Vector = {(code, measure, category): 1 for code in codes for category in categories}
            self.attackers[measure].learn(vector, number)


def is_in(place: str, code: str) -> bool:
    """Whether a unit lies in an area."""
    return code.split("-")[1].startswith(place)


def pooled_in(place: str, dimension: str, atoms: dict[str, dict[str, str]]) -> set[str]:
    """The units of the pools that lie in an area as a whole."""
    pools = defaultdict(set)
    for code, names in atoms.items():
        if dimension in names:
            pools[names[dimension]].add(code)
    return {code for pool in pools.values() if all(is_in(place, member) for member in pool) for code in pool}


def read(found: dict[str, Any], indicators: list[dict[str, Any]]) -> dict[tuple[str, bool], list[int]]:
    """Participants, and who answered the first indicator; of everybody, and by sex where that is shown."""
    numbers: dict[tuple[str, bool], list[int]] = {}
    if found["participants"] is not None:
        numbers["participants", False] = [found["participants"]]
    if indicators[0]["n"] is not None:
        numbers["n", False] = [indicators[0]["n"]]
    for measure, groups in (("participants", found["groups"]), ("n", indicators[0]["groups"])):
        by_sex = [group[measure] for group in groups if group["dimension"] == "sex"]
        if by_sex:
            numbers[measure, True] = by_sex
    return numbers


async def test_nothing_hidden_follows_from_what_the_api_says_over_time(scorecard: Scorecard) -> None:
    rng = Random(11)
    codes = [f"HC-{commune}-{number}" for commune in COMMUNES for number in (2, 3)]
    await scorecard.tell(*(unit(code, "health_centre") for code in codes))
    await scorecard.open()
    people: dict[str, list[dict[str, Any]]] = {}
    for code in codes:
        people[code] = [
            scorecard.ballot(
                code, sex=rng.choice(["female", "male", "male"]), scores=[rng.choice([None, 1, 4]), *[3] * 9]
            )
            for _ in range(rng.choice([3, 4, 7, 9, 12]))
        ]
        assert (await scorecard.post("/ballots:batch", {"ballots": people[code]}, "caf@")).status_code == 200
        assert (await scorecard.submit(code)).status_code == 200
    watcher = Watcher(scorecard, codes)
    for step in range(10):
        code = rng.choice(codes)
        path = f"/rounds/{scorecard.round_id}/units/{code}"
        if step % 4 == 3:
            await compile_(scorecard, NCDDS)
        elif (await scorecard.publish(code)).status_code == 409:
            await scorecard.post(f"{path}:withdraw", {"reason": "Look again"}, NCDDS)
        if step % 2:
            await watcher.look()
    for code in codes:
        await scorecard.publish(code)
    await compile_(scorecard, NCDDS)
    await watcher.look()
    assert await scorecard.count("result_count WHERE atoms <> '{}'") > 1
    for measure, attacker in watcher.attackers.items():
        for sexes in (SEXES, *((sex,) for sex in SEXES)):
            hidden = [(code, vector(code, measure, sexes)) for code in codes if count(people[code], measure, sexes) > 0]
            exposed = [found for found in attacker.determined(hidden, most=3) if 0 < found[1] < THRESHOLD]
            assert exposed == [], (measure, sexes)


def vector(code: str, measure: str, sexes: tuple[str, ...]) -> Vector:
    """A number of a unit."""
    total: Vector = {}
    for sex in sexes:
        total = plus(total, {(code, measure, sex): 1})
    return total


def count(ballots: list[dict[str, Any]], measure: str, sexes: tuple[str, ...]) -> int:
    """The true number."""
    return sum(
        ballot["sex"] in sexes and (measure == "participants" or ballot["scores"][0] is not None) for ballot in ballots
    )
