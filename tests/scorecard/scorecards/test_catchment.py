"""A health centre serves several communes: the facilitators of each record what its people score."""

from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import OTHER_CAF, OTHER_OFFICER, SCHOOL, Scorecard, unit

SHARED = "HC-020301-9"
"""A health centre of commune 020301 that serves 020302 as well."""
VILLAGE = "02030201"
STRANGERS = ("caf@020401", "caf@0203")
"""Facilitators of a commune that it does not serve, and of the district."""


async def open_round(scorecard: Scorecard) -> None:
    await scorecard.tell(unit(SHARED, "health_centre", area_code="020301", catchment=("020302",)))
    await scorecard.open()


def records(scorecard: Scorecard, **changes: Any) -> dict[str, dict[str, Any]]:
    """One of each kind, by the path that takes it, about a village of the commune that is served."""
    place = {"round_id": scorecard.round_id, "unit_code": SHARED}
    group = {"sex": "female", "participants": 9, "counts": [[0, 0, 3, 3, 3]] * 10}
    meeting = {"round_id": scorecard.round_id, "unit_codes": [SHARED], "held_on": "2026-03-01"}
    found = {
        "ballots": scorecard.ballot(SHARED, village_code=VILLAGE),
        "tallies": place | {"held_on": "2026-03-01", "village_code": VILLAGE, "groups": [group]},
        "meetings": meeting | {"village_code": VILLAGE, "attendance": {"total": 30}},
        "proposals": place | {"text_km": "ថ្នាំ"},
        "comments": place | {"text": "ត្រូវរង់ចាំយូរ"},
    }
    return {path: body | {"id": str(uuid4())} | changes for path, body in found.items()}


async def test_facilitators_of_a_commune_that_is_served_record_for_the_unit(scorecard: Scorecard) -> None:
    await open_round(scorecard)
    for caller in STRANGERS:
        for path, body in records(scorecard).items():
            answer = await scorecard.post(f"/{path}", body, caller)
            assert answer.status_code == 403, (caller, path, answer.text)
    sent = records(scorecard)
    for path, body in sent.items():
        for status in (201, 200):
            answer = await scorecard.post(f"/{path}", body, OTHER_CAF)
            assert answer.status_code == status, (path, answer.text)
    assert (await scorecard.post("/ballots", scorecard.ballot(SCHOOL), OTHER_CAF)).status_code == 403
    for path in ("meetings", "tallies"):
        of_unit = {"round_id": scorecard.round_id, "unit_code": SHARED}
        for where, asked in ((f"/{path}/{sent[path]['id']}", {}), (f"/{path}", of_unit)):
            for caller, status in ((OTHER_CAF, 200), (STRANGERS[0], 403), (OTHER_OFFICER, 403)):
                assert (await scorecard.get(where, caller, **asked)).status_code == status, (where, caller)
    for path in ("ballots", "tallies"):
        withdraw = f"/{path}/{sent[path]['id']}:withdraw"
        assert (await scorecard.post(withdraw, {"reason": "wrong"}, STRANGERS[0])).status_code == 403
        assert (await scorecard.post(withdraw, {"reason": "wrong"}, OTHER_CAF)).status_code == 200
    link = f"/rounds/{scorecard.round_id}/units/{SHARED}/ballot-link"
    assert (await scorecard.get(link, OTHER_CAF)).status_code == 200
    assert (await scorecard.get(link, STRANGERS[0])).status_code == 403
    assert (await scorecard.submit(SHARED, OTHER_CAF)).status_code == 403, "the unit's own facilitators end its scoring"


async def test_batches_and_phones_that_come_back_do_so_as_well(scorecard: Scorecard) -> None:
    await open_round(scorecard)
    ballots = [scorecard.ballot(code) for code in (SHARED, SHARED, SCHOOL)]
    ballots.append(ballots[0] | {"scores": [1] * 10})
    for caller, statuses in (
        (STRANGERS[0], ["rejected"] * 4),
        (OTHER_CAF, ["accepted", "accepted", "rejected", "conflict"]),
        (OTHER_CAF, ["duplicate", "duplicate", "rejected", "conflict"]),
    ):
        items = (await scorecard.post("/ballots:batch", {"ballots": ballots}, caller)).json()["items"]
        assert [item["status"] for item in items] == statuses, caller
    kinds = {
        "ballots": "ballot",
        "tallies": "tally",
        "meetings": "meeting",
        "proposals": "proposal",
        "comments": "comment",
    }
    sent = [{"kind": kinds[path]} | body for path, body in records(scorecard).items()]
    for caller, status in ((STRANGERS[0], "rejected"), (OTHER_CAF, "accepted"), (OTHER_CAF, "duplicate")):
        items = (await scorecard.post("/records:sync", {"records": sent}, caller)).json()["items"]
        assert {item["status"] for item in items} == {status}, items
    await scorecard.count_all()
    assert await scorecard.count(f"unit_histogram WHERE unit_code = '{SHARED}' AND village_code = '{VILLAGE}'") == 1


async def test_facilitators_find_the_units_that_serve_their_commune(scorecard: Scorecard) -> None:
    await open_round(scorecard)
    cards, one = f"/rounds/{scorecard.round_id}/scorecards", f"/rounds/{scorecard.round_id}/units/{SHARED}"

    async def listed(caller: str, **asked: object) -> list[str]:
        answer = await scorecard.get(cards, caller, **asked)
        return [card["unit_code"] for card in answer.json()["items"]]

    assert SHARED in await listed(OTHER_CAF)
    assert SHARED in await listed(OTHER_CAF, unit_kind="health_centre", unit="HC-0203")
    assert SHARED not in await listed(OTHER_CAF, area="020302"), "it lies in another one"
    for caller in (*STRANGERS, OTHER_OFFICER):
        assert SHARED not in await listed(caller)
    for path in (f"{one}/scorecard", f"{one}/history"):
        for caller, status in ((OTHER_CAF, 200), (STRANGERS[0], 403), (OTHER_OFFICER, 403)):
            assert (await scorecard.get(path, caller)).status_code == status, (path, caller)
