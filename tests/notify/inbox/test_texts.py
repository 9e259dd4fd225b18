"""What messages say, in both languages."""

import re
from uuid import UUID

import pytest

from services.notify.inbox.texts import TEXTS, Names
from services.notify.inbox.wording import Both, number, place, places, plain, riel, score
from shared.events import Event
from tests.notify import happenings as told

AREAS = {code: Both(*names) for code, names in told.NAMES.items()}
NAMES = Names(AREAS, {told.ACTION: Both("ជួសជុលអណ្តូងទឹក", "Repair the well")})
NOBODY = Names({}, {})
EVENTS: list[Event] = [
    told.round_opened("02"),
    told.round_opened("02", "03", "0203", "020301"),
    told.round_closed(""),
    told.result_published(),
    told.result_published(suppressed=True, participants=None),
    told.result_published(weakest=[], indicators=[]),
    told.result_withdrawn(reason="ឈប់អនុវត្ត"),
    told.pack_published(),
    told.pack_withdrawn(reason="ឈប់អនុវត្ត"),
    told.plan_opened(),
    *(told.action_changed(status) for status in ("proposed", "agreed", "funded", "in_progress", "done", "dropped")),
    told.funding_requested(),
    told.envelope_opened(),
    told.allocation_made(),
    told.allocation_released(reason="ឈប់អនុវត្ត"),
]


def test_numbers_and_money() -> None:
    assert number(1_234_567) == Both("១.២៣៤.៥៦៧", "1,234,567")
    assert riel(5_000_000) == Both("៥.០០០.០០០ រៀល", "5,000,000 riel")
    assert riel(0) == Both("០ រៀល", "0 riel")
    assert plain(2026) == Both("២០២៦", "2026")
    assert (score(2.5), score(3)) == (Both("២,៥", "2.5"), Both("៣", "3"))


def test_places() -> None:
    assert place("020301", AREAS) == Both("ទួលតាឯក ក្រុងបាត់ដំបង បាត់ដំបង", "Tuol Ta Ek, Battambang town, Battambang")
    assert place("0299", AREAS) == Both("0299 បាត់ដំបង", "0299, Battambang")
    assert place("", AREAS) == Both("ទូទាំងប្រទេស", "the whole country")
    assert places(["02", "03", "04", "05", "06"], AREAS) == Both(
        "បាត់ដំបង; 03; 04 និង ២ តំបន់ទៀត", "Battambang; 03; 04 and 2 more"
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_speaks_both_languages(event: Event) -> None:
    for names in (NAMES, NOBODY):
        text = TEXTS[type(event)](event, names)
        for both in (text.title, text.body):
            assert re.search("[ក-៿]", both.km)
            assert not re.search("[ក-៿]", both.en.replace("ឈប់អនុវត្ត", ""))
            assert "None" not in both.km + both.en
            assert both.km.strip() == both.km
            assert both.en.strip() == both.en
            assert "  " not in both.km + both.en
        assert names is NOBODY or not re.search("[0-9]", text.body.km.replace("03", ""))


@pytest.mark.parametrize(
    ("event", "body_en", "body_km"),
    [
        (
            told.result_published(),
            "1,234 citizens scored Tuol Ta Ek Health Centre (Tuol Ta Ek, Battambang town, Battambang)."
            " Weakest: Medicine (2), Waiting (2.5).",
            "ប្រជាពលរដ្ឋ ១.២៣៤ នាក់បានដាក់ពិន្ទុ មណ្ឌលសុខភាព ទួលតាឯក (ទួលតាឯក ក្រុងបាត់ដំបង បាត់ដំបង)។"
            " ចំណុចខ្សោយជាងគេ៖ លក្ខណៈ medicine (២), លក្ខណៈ waiting (២,៥)។",
        ),
        (
            told.result_withdrawn(reason="Scores of another unit"),
            "The result of Tuol Ta Ek Health Centre (Tuol Ta Ek, Battambang town, Battambang) is public no longer."
            " Reason: Scores of another unit",
            "លទ្ធផលរបស់ មណ្ឌលសុខភាព ទួលតាឯក (ទួលតាឯក ក្រុងបាត់ដំបង បាត់ដំបង) លែងផ្សព្វផ្សាយជាសាធារណៈ។ មូលហេតុ៖ Scores of another unit",
        ),
        (
            told.action_changed("dropped", drop_reason="No land", title_en=""),
            "Action 3 “ជួសជុលអណ្តូងទឹក” in Tuol Ta Ek, Battambang town, Battambang was dropped."
            " Estimated cost 12,500,000 riel. Reason: No land",
            "សកម្មភាពលេខ ៣ «ជួសជុលអណ្តូងទឹក» នៅ ទួលតាឯក ក្រុងបាត់ដំបង បាត់ដំបង ត្រូវបានបោះបង់។"
            " តម្លៃប៉ាន់ស្មាន ១២.៥០០.០០០ រៀល។ មូលហេតុ៖ No land",
        ),
        (
            told.allocation_made(),
            "5,000,000 riel was allocated to “Repair the well” in Tuol Ta Ek, Battambang town, Battambang.",
            "ថវិកា ៥.០០០.០០០ រៀល ត្រូវបានវិភាជសម្រាប់ «ជួសជុលអណ្តូងទឹក» នៅ ទួលតាឯក ក្រុងបាត់ដំបង បាត់ដំបង។",
        ),
        (
            told.allocation_made(action_id=UUID(int=1)),
            "5,000,000 riel was allocated to an action in Tuol Ta Ek, Battambang town, Battambang.",
            "ថវិកា ៥.០០០.០០០ រៀល ត្រូវបានវិភាជសម្រាប់ សកម្មភាពមួយ នៅ ទួលតាឯក ក្រុងបាត់ដំបង បាត់ដំបង។",
        ),
    ],
)
def test_what_some_events_say(event: Event, body_en: str, body_km: str) -> None:
    text = TEXTS[type(event)](event, NAMES)
    assert text.body == Both(body_km, body_en)


def test_suppressed_results_tell_no_number() -> None:
    event = told.result_published(suppressed=True, participants=None, weakest=[])
    body = TEXTS[type(event)](event, NAMES).body
    assert not re.search("[0-9០-៩]", body.km + body.en)
    assert "Too few people" in body.en
