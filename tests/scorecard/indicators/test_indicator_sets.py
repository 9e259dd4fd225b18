"""Issuing and reading indicator sets."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.scorecard.conftest import CAF, NCDDS, PROVINCE, Scorecard

WAITING = {"code": "waiting", "label_km": "រយៈពេលរង់ចាំ", "label_en": "Waiting time"}
FEES = {"code": "fees", "label_km": "តម្លៃសេវា", "label_en": "Fees"}


def body(**changes: Any) -> dict[str, Any]:
    values = {"unit_kind": "health_centre", "title_km": "សំណុំ", "title_en": "Set", "indicators": [WAITING, FEES]}
    return values | changes


def steps(number: int) -> list[dict[str, Any]]:
    """A scale of so many steps."""
    return [
        {"value": value, "label_km": f"កម្រិត {value}", "label_en": f"Step {value}"} for value in range(1, number + 1)
    ]


async def test_only_ncdds_issues_sets(scorecard: Scorecard) -> None:
    assert (await scorecard.post("/indicator-sets", body())).status_code == 401
    for role in (CAF, PROVINCE):
        assert (await scorecard.post("/indicator-sets", body(), role)).json()["code"] == "permission_missing"
    partial = await scorecard.post("/indicator-sets", body(), "ncdds@02")
    assert (partial.status_code, partial.json()["code"]) == (403, "area_not_covered")


async def test_a_set_becomes_the_next_version_and_the_one_before_stays(scorecard: Scorecard) -> None:
    before = (await scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"]
    made = await scorecard.post("/indicator-sets", body(), NCDDS)
    assert made.status_code == 201
    new = made.json()
    assert (new["version"], new["is_example"], new["scale_min"], new["scale_max"]) == (2, False, 1, 5)
    changes, units = new.pop("changes"), new.pop("units")
    assert units == 4
    assert changes["kept"] == changes["reworded"] == []
    assert (await scorecard.get("/indicator-sets", unit_kind="health_centre")).json()["items"] == [*before, new]
    assert (await scorecard.get(f"/indicator-sets/{new['id']}")).json() == new


async def test_the_answer_says_what_became_of_the_indicators(scorecard: Scorecard) -> None:
    kind = {"unit_kind": "district_hospital"}
    assert (await scorecard.post("/indicator-sets", body(**kind), NCDDS)).json()["changes"] is None
    reworded = WAITING | {"label_en": "How long one waits"}
    beds = {"code": "beds", "label_km": "គ្រែ", "label_en": "Beds"}
    second = (await scorecard.post("/indicator-sets", body(**kind, indicators=[beds, reworded]), NCDDS)).json()
    assert second["changes"] == {
        "version": 1,
        "kept": ["waiting"],
        "added": ["beds"],
        "dropped": ["fees"],
        "reworded": ["waiting"],
        "same_scale": True,
    }
    three = body(**kind, scale=steps(3), satisfied_from=3)
    assert (await scorecard.post("/indicator-sets", three, NCDDS)).json()["changes"]["same_scale"] is False


async def test_hints_audio_and_scale_are_data(scorecard: Scorecard) -> None:
    helped = WAITING | {"hint_km": "គិតអំពីលើកចុងក្រោយ", "audio_km": "https://media.example/waiting-km.mp3"}
    sent = body(indicators=[helped, FEES], scale=steps(10), satisfied_from=7)
    made = (await scorecard.post("/indicator-sets", sent, NCDDS)).json()
    assert (made["scale"], made["scale_max"], made["satisfied_from"]) == (steps(10), 10, 7)
    nothing = {"hint_km": None, "hint_en": None, "audio_km": None, "audio_en": None}
    assert made["indicators"] == [nothing | helped, nothing | FEES]
    usual = (await scorecard.post("/indicator-sets", body(satisfied_from=3), NCDDS)).json()
    assert (usual["scale_max"], usual["satisfied_from"]) == (5, 3)
    await scorecard.open(indicator_set_ids=[made["id"]])
    assert await scorecard.count("scorecard WHERE steps = 10 AND indicator_count = 2") == 3


async def test_a_set_may_be_kept_for_ever(scorecard: Scorecard) -> None:
    one, other = (await scorecard.get("/indicator-sets")).json()["items"][:2]
    path = f"/api/scorecard/v1/indicator-sets/{one['id']}"
    first = await scorecard.client.http.get(path)
    assert first.json() == one
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"a", {tag}'):
        again = await scorecard.client.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    elsewhere = f"/api/scorecard/v1/indicator-sets/{other['id']}"
    assert (await scorecard.client.http.get(elsewhere, headers={"If-None-Match": tag})).status_code == 200


async def test_the_examples_say_in_both_languages_what_to_think_of(scorecard: Scorecard) -> None:
    sets = (await scorecard.get("/indicator-sets")).json()["items"]
    assert len(sets) == 3
    for entry in sets:
        for indicator in entry["indicators"]:
            assert "ក" <= indicator["hint_km"][0] <= "៹"
            assert indicator["hint_en"].isascii()


async def test_a_round_keeps_the_set_it_was_planned_with(scorecard: Scorecard) -> None:
    await scorecard.open()
    await scorecard.post("/indicator-sets", body(), NCDDS)
    form = (await scorecard.get(f"/ballot-forms/{await scorecard.token()}")).json()
    assert len(form["indicators"]) == 10
    later = await scorecard.plan()
    assert {entry["unit_kind"]: entry["version"] for entry in later["indicator_sets"]} == {
        "commune_administration": 1,
        "health_centre": 2,
        "primary_school": 1,
    }


async def test_sets_issued_at_once_get_versions_of_their_own(scorecard: Scorecard) -> None:
    answers = await asyncio.gather(*(scorecard.post("/indicator-sets", body(), NCDDS) for _ in range(4)))
    assert sorted(answer.json()["version"] for answer in answers) == [2, 3, 4, 5]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"unit_kind": "Health Centre"}, "/unit_kind"),
    ({"scale_max": 10}, "/scale_max"),
    ({"indicators": []}, "/indicators"),
    ({"indicators": [WAITING | {"code": "Not A Code"}]}, "/indicators/0/code"),
    ({"indicators": [FEES, WAITING, FEES]}, "/indicators/2/code"),
    ({"indicators": [FEES | {"weight": 2}]}, "/indicators/0/weight"),
    ({"title_km": " "}, "/title_km"),
    ({"indicators": [FEES | {"hint_km": ""}]}, "/indicators/0/hint_km"),
    ({"indicators": [FEES | {"audio_km": "http://media.example/a.mp3"}]}, "/indicators/0/audio_km"),
    ({"indicators": [FEES | {"audio_en": "https://[::1/a"}]}, "/indicators/0/audio_en"),
    ({"indicators": [FEES | {"audio_en": "javascript:alert(1)"}]}, "/indicators/0/audio_en"),
    ({"indicators": [FEES | {"audio_en": "https://a b/"}]}, "/indicators/0/audio_en"),
    ({"indicators": [FEES | {"audio_en": "https://me@media.example/"}]}, "/indicators/0/audio_en"),
    ({"scale": steps(1), "satisfied_from": 2}, "/scale"),
    ({"scale": steps(11), "satisfied_from": 2}, "/scale"),
    ({"scale": steps(3)}, "/satisfied_from"),
    ({"scale": steps(3), "satisfied_from": 4}, "/satisfied_from"),
    ({"scale": steps(3), "satisfied_from": 1}, "/satisfied_from"),
    ({"satisfied_from": 6}, "/satisfied_from"),
    ({"scale": [*steps(2), steps(4)[3]], "satisfied_from": 2}, "/scale/2/value"),
    ({"scale": [steps(1)[0] | {"value": True}, *steps(2)[1:]], "satisfied_from": 2}, "/scale/0/value"),
    ({"scale": [steps(1)[0] | {"colour": "red"}, *steps(2)[1:]], "satisfied_from": 2}, "/scale/0/colour"),
    ({"version": 7}, "/version"),
]


async def test_what_is_wrong_is_named(scorecard: Scorecard) -> None:
    for changes, pointer in WRONG:
        answer = await scorecard.post("/indicator-sets", body(**changes), NCDDS)
        assert answer.status_code == 422, changes
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await scorecard.get(f"/indicator-sets/{uuid4()}")).json()["code"] == "indicator_set_not_found"
    assert (await scorecard.get("/indicator-sets/7")).status_code == 422
