"""Scorecards follow their units: to other areas, to new codes, and to the unit that a duplicate was merged into."""

from uuid import UUID, uuid4

from sqlalchemy import text

from shared.events.registry import UnitChanged
from tests.scorecard.conftest import CAF, CENTRE, FOURS, NCDDS, PROVIDER, Scorecard, unit

DUPLICATE = "HC-020301-2"


async def merged(scorecard: Scorecard, duplicate: UnitChanged) -> None:
    """The registry says that the duplicate is the health centre."""
    async with scorecard.client.runtime.database.transaction() as db:
        centre: UUID = await db.scalar(text("SELECT id FROM unit WHERE code = :code"), {"code": CENTRE})
    await scorecard.tell(
        duplicate.model_copy(update={"status": "closed", "merged_into": CENTRE, "version": 2}),
        unit(CENTRE, "health_centre", id=centre, aliases=(DUPLICATE,), version=2),
    )


async def cards(scorecard: Scorecard) -> dict[str, str]:
    """The codes of the round's scorecards in the commune, with where they are."""
    found = (await scorecard.get(f"/rounds/{scorecard.round_id}/scorecards", NCDDS, area="02")).json()["items"]
    return {card["unit_code"]: card["area_code"] for card in found}


async def test_the_printed_code_of_a_merged_duplicate_scores_the_unit_that_stayed(scorecard: Scorecard) -> None:
    duplicate = unit(DUPLICATE, "health_centre")
    await scorecard.tell(duplicate)
    await scorecard.open()
    printed = await scorecard.token(DUPLICATE)
    assert DUPLICATE in await cards(scorecard)
    await merged(scorecard, duplicate)
    assert DUPLICATE not in await cards(scorecard)

    form = (await scorecard.get(f"/ballot-forms/{printed}")).json()
    assert form["unit"]["code"] == CENTRE
    phone = {"ballot_token": printed, "device_id": "phone-1"}
    new = scorecard.ballot(CENTRE, **phone)
    assert (await scorecard.post("/ballots", new)).status_code == 201
    old = scorecard.ballot(DUPLICATE, ballot_token=printed, device_id="phone-2")
    for status in (201, 200):
        assert (await scorecard.post("/ballots", old)).status_code == status
    again = scorecard.ballot(DUPLICATE, **phone)
    assert (await scorecard.post("/ballots", again)).json()["code"] == "already_scored"
    assert await scorecard.count(f"ballot WHERE unit_code = '{CENTRE}'") == 2

    other = scorecard.ballot("HC-020302-1", **phone)
    assert (await scorecard.post("/ballots", other)).json()["code"] == "ballot_token_invalid"


async def test_what_facilitators_and_staff_send_under_an_old_code_is_stored_under_the_new_one(
    scorecard: Scorecard,
) -> None:
    duplicate = unit(DUPLICATE, "health_centre")
    await scorecard.tell(duplicate)
    await scorecard.open()
    await merged(scorecard, duplicate)
    batch = {"ballots": [scorecard.ballot(DUPLICATE), scorecard.ballot(CENTRE)]}
    for outcome in ("accepted", "duplicate"):
        assert (await scorecard.post("/ballots:batch", batch, CAF)).json()[outcome] == 2
    own = {"id": str(uuid4()), "round_id": scorecard.round_id, "unit_code": DUPLICATE, "scores": FOURS}
    stranger = "provider@020302/HC-020302-1"
    assert (await scorecard.post("/self-assessments", own, stranger)).status_code == 403
    stored = await scorecard.post("/self-assessments", own, f"provider@020301/{DUPLICATE}")
    assert (stored.status_code, stored.json()["unit_code"]) == (201, CENTRE)
    assert (await scorecard.post("/self-assessments", own, PROVIDER)).status_code == 200
    listed = f"/rounds/{scorecard.round_id}/self-assessments"
    read = await scorecard.get(listed, f"provider@020301/{DUPLICATE}")
    assert [entry["unit_code"] for entry in read.json()["items"]] == [CENTRE]
    tally = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_code": DUPLICATE,
        "held_on": "2026-03-02",
        "groups": [{"sex": "female", "participants": 6, "counts": [[0, 1, 2, 2, 1]] * 10}],
    }
    for status in (201, 200):
        assert (await scorecard.post("/tallies", tally, CAF)).status_code == status
    assert (await scorecard.submit(DUPLICATE)).json()["unit_code"] == CENTRE
    result = await scorecard.publish(DUPLICATE)
    assert (result.json()["unit_code"], result.json()["participants"]) == (CENTRE, 8)
    read = await scorecard.get(f"/rounds/{scorecard.round_id}/units/{DUPLICATE}/result")
    assert read.json() == result.json()


async def test_what_was_scored_under_a_code_is_published_under_it(scorecard: Scorecard) -> None:
    duplicate = unit(DUPLICATE, "health_centre")
    await scorecard.tell(duplicate)
    await scorecard.open()
    await scorecard.cast(6, DUPLICATE)
    await merged(scorecard, duplicate)
    assert DUPLICATE in await cards(scorecard)
    await scorecard.cast(1, DUPLICATE)
    result = await scorecard.submit_and_publish(DUPLICATE)
    assert (result["unit_code"], result["participants"]) == (DUPLICATE, 7)


async def test_a_health_post_that_becomes_a_health_centre_is_scored_as_one(scorecard: Scorecard) -> None:
    sets = {"unit_kind": "health_post", "title_km": "ក", "title_en": "Posts"}
    question = {"code": "waiting", "label_km": "រង់ចាំ", "label_en": "Waiting"}
    assert (await scorecard.post("/indicator-sets", sets | {"indicators": [question]}, NCDDS)).status_code == 201
    post = unit("HP-020301-1", "health_post")
    scored = unit("HP-020301-2", "health_post")
    await scorecard.tell(post, scored)
    await scorecard.open()
    printed = await scorecard.token("HP-020301-1")
    await scorecard.cast(6, "HP-020301-2", scores=[3])
    became = {"kind": "health_centre", "version": 2}
    await scorecard.tell(
        post.model_copy(update=became | {"code": "HC-020301-8", "aliases": ("HP-020301-1",)}),
        scored.model_copy(update=became | {"code": "HC-020301-9", "aliases": ("HP-020301-2",), "name_en": "Grown"}),
    )
    found = await cards(scorecard)
    assert {"HC-020301-8", "HC-020301-9", "HP-020301-2"} <= set(found)
    assert "HP-020301-1" not in found
    form = (await scorecard.get(f"/ballot-forms/{printed}")).json()
    assert (form["unit"]["code"], len(form["indicators"])) == ("HC-020301-8", 10)
    stale = scorecard.ballot("HP-020301-1", scores=[4])
    assert (await scorecard.post("/ballots", stale, CAF)).json()["code"] == "unit_unknown"
    result = await scorecard.submit_and_publish("HP-020301-2")
    assert (result["unit_kind"], result["unit_name_en"], result["participants"]) == ("health_post", "Grown", 6)


async def test_a_running_scorecard_goes_where_its_unit_goes(scorecard: Scorecard) -> None:
    moving = unit("HC-020301-3", "health_centre")
    await scorecard.tell(moving)
    await scorecard.open()
    await scorecard.tell(moving.model_copy(update={"area_code": "020302", "version": 2}))
    assert (await cards(scorecard))[moving.code] == "020302"
    assert (await scorecard.post("/ballots", scorecard.ballot(moving.code), CAF)).json()["code"] == "area_not_covered"
    assert (await scorecard.submit(moving.code, "caf@020302")).status_code == 200
    await scorecard.tell(moving.model_copy(update={"area_code": "020301", "version": 3}))
    assert (await cards(scorecard))[moving.code] == "020302"


async def noted(scorecard: Scorecard) -> list[bool]:
    """Whether the sums were to be made anew, of what the worker was told since it was asked last."""
    async with scorecard.client.runtime.database.transaction() as db:
        return list(
            await db.scalars(text("WITH told AS (DELETE FROM round_change RETURNING *) SELECT recount FROM told"))
        )


async def test_the_plan_of_a_renumbered_unit_goes_along(scorecard: Scorecard) -> None:
    await scorecard.tell(unit("HC-020301-4", "health_centre"))
    async with scorecard.client.runtime.database.transaction() as db:
        unit_id: UUID = await db.scalar(text("SELECT id FROM unit WHERE code = 'HC-020301-4'"))
    await scorecard.plan(planning="listed")
    rows = {"rows": [{"unit_code": "HC-020301-4", "planned_on": "2026-03-10"}]}
    await scorecard.post(f"/rounds/{scorecard.round_id}/scorecards:import?dry_run=false", rows, NCDDS)
    await noted(scorecard)
    moved = unit("HC-020302-4", "health_centre", id=unit_id, aliases=("HC-020301-4",), version=2)
    await scorecard.tell(moved)
    assert await cards(scorecard) == {"HC-020302-4": "020302"}
    assert await noted(scorecard) == [False]
    await scorecard.tell(moved.model_copy(update={"area_code": "020301", "version": 3}))
    assert await cards(scorecard) == {"HC-020302-4": "020301"}
    assert await noted(scorecard) == [True], "the sums of areas are made anew"
    await scorecard.post(f"/rounds/{scorecard.round_id}:open", None, NCDDS)
    read = await scorecard.get(f"/rounds/{scorecard.round_id}/units/HC-020301-4/scorecard", NCDDS)
    assert (read.json()["unit_code"], read.json()["planned_on"]) == ("HC-020302-4", "2026-03-10")


async def test_a_code_of_which_somebody_has_spoken_keeps_its_scorecard(scorecard: Scorecard) -> None:
    duplicate = unit(DUPLICATE, "health_centre")
    await scorecard.tell(duplicate)
    await scorecard.open()
    meeting = {
        "id": str(uuid4()),
        "round_id": scorecard.round_id,
        "unit_codes": [DUPLICATE],
        "village_code": "02030101",
        "held_on": "2026-03-02",
        "attendance": {"total": 12},
    }
    stored = await scorecard.post("/meetings", meeting, CAF)
    assert stored.status_code == 201, stored.text
    await merged(scorecard, duplicate)
    assert DUPLICATE in await cards(scorecard)
