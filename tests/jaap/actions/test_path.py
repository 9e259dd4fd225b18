"""The rules of an action's path, without a database."""

from datetime import date
from itertools import product
from typing import Any, get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jaap.actions.models import Action
from services.jaap.actions.path import KHMER, NEXT_STEPS, RESOURCES, STATUSES, next_steps
from shared.errors import Conflict, Invalid
from shared.events.jaap import ActionStatus

PEOPLE = uuid4()
BY_HAND: dict[str, set[tuple[str, str]]] = {
    "agree": {("proposed", "own"), ("proposed", "external")},
    "start": {("agreed", "own"), ("funded", "external")},
    "finish": {("in_progress", "own"), ("in_progress", "external")},
    "drop": {(status, kind) for status in ("proposed", "agreed", "funded", "in_progress") for kind in RESOURCES},
}
BECOMES = {"agree": "agreed", "start": "in_progress", "finish": "done", "drop": "dropped"}


def action(**changes: Any) -> Action:
    """An action of 10 million riel."""
    values: dict[str, Any] = {
        "id": uuid4(),
        "plan_id": uuid4(),
        "year": 2026,
        "area_code": "020103",
        "number": 7,
        "title_km": "ជួសជុលអណ្ដូង",
        "starts_on": date(2026, 5, 1),
        "ends_on": date(2026, 9, 30),
        "beneficiaries_total": 10,
        "beneficiaries_female": 6,
        "cost": 10_000_000,
        "resources": "external",
        "progress": [],
        "requests": [],
    }
    return Action(**(values | changes))


def test_the_table_knows_every_status() -> None:
    assert set(NEXT_STEPS) == set(KHMER) == set(STATUSES) == set(get_args(ActionStatus))
    by_hand: set[str] = {"proposed"}.union(*NEXT_STEPS.values())
    assert by_hand == set(STATUSES) - {"funded"}


@pytest.mark.parametrize("verb", BY_HAND)
def test_each_step_is_possible_where_the_path_has_it_and_nowhere_else(verb: str) -> None:
    for status, resources in product(STATUSES, RESOURCES):
        if (status, resources) == ("funded", "own"):
            continue
        subject = action(status=status, resources=resources)
        take = subject.drop if verb == "drop" else getattr(subject, verb)
        arguments = ("no longer needed",) if verb == "drop" else ()
        if (status, resources) in BY_HAND[verb]:
            event = take(*arguments)
            assert (event.previous_status, event.status) == (status, BECOMES[verb])
            assert (subject.status, subject.version) == (BECOMES[verb], 2)
        else:
            with pytest.raises(Conflict) as refused:
                take(*arguments)
            assert refused.value.code == "step_not_allowed"
            for step in next_steps(status, resources):
                assert step in refused.value.en
                assert KHMER[step] in refused.value.km
            assert (subject.status, subject.version, subject.drop_reason) == (status, 1, None)


def test_the_event_tells_all_there_is_to_know() -> None:
    dropped = action(status="agreed", funded_amount=3).drop("built by the province")
    assert dropped.model_dump(include={"number", "title_en", "cost", "funded_amount", "drop_reason"}) == {
        "number": 7,
        "title_en": "ជួសជុលអណ្ដូង",
        "cost": 10_000_000,
        "funded_amount": 3,
        "drop_reason": "built by the province",
    }


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "proposed"])
def test_only_a_proposed_action_is_edited(status: str) -> None:
    with pytest.raises(Conflict, match="action_not_proposed"):
        action(status=status).must_be_open_to_edits()


def test_funds_are_asked_for_once_at_a_time_and_never_beyond_the_cost() -> None:
    subject = action(status="agreed")
    with pytest.raises(Invalid) as refused:
        subject.ask_for(10_000_001, by=PEOPLE)
    assert refused.value.errors[0].pointer == "/amount"
    request = subject.ask_for(6_000_000, by=PEOPLE)
    assert (request.amount, request.requested_by, subject.requested_amount) == (6_000_000, PEOPLE, 6_000_000)
    with pytest.raises(Conflict, match="request_open"):
        subject.ask_for(1, by=PEOPLE)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"resources": "own", "status": "agreed"}, "own_resources"),
        *(({"status": status}, "action_not_agreed") for status in STATUSES if status != "agreed"),
    ],
)
def test_who_may_not_ask(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Conflict, match=code):
        action(**changes).ask_for(1, by=PEOPLE)


def test_funded_means_as_much_as_was_asked_for() -> None:
    subject = action(status="agreed")
    subject.ask_for(6_000_000, by=PEOPLE)
    assert subject.set_funds(5_999_999) is None
    funded = subject.set_funds(6_000_000)
    assert funded is not None
    assert (funded.previous_status, funded.status, funded.funded_amount) == ("agreed", "funded", 6_000_000)
    back = subject.set_funds(5_000_000)
    assert back is not None
    assert (back.previous_status, back.status, back.funded_amount) == ("funded", "agreed", 5_000_000)


@pytest.mark.parametrize("status", ["proposed", "in_progress", "done", "dropped"])
def test_money_moves_no_other_status(status: str) -> None:
    subject = action(status=status, requested_amount=5, drop_reason="x" if status == "dropped" else None)
    assert subject.set_funds(5) is None
    assert subject.set_funds(0) is None
    assert subject.status == status


@given(st.lists(st.integers(0, 12_000_000), max_size=20), st.integers(1, 10_000_000))
def test_an_action_is_funded_exactly_while_the_money_suffices(sums: list[int], amount: int) -> None:
    subject = action(status="agreed")
    subject.ask_for(amount, by=PEOPLE)
    for funds in sums:
        subject.set_funds(funds)
        assert (subject.status == "funded") == (funds >= amount)
        assert subject.status in ("agreed", "funded")


def test_progress_is_reported_while_in_progress_and_may_fall() -> None:
    with pytest.raises(Conflict, match="action_not_in_progress"):
        action(status="funded").report(10, "begun", None, by=PEOPLE)
    subject = action(status="in_progress")
    subject.report(80, "nearly there", date(2026, 6, 1), by=PEOPLE)
    subject.report(30, "the wall fell down", date(2026, 6, 2), by=PEOPLE)
    assert [report.percent for report in subject.progress] == [80, 30]
    with pytest.raises(Invalid, match="in_the_future"):
        subject.report(40, "tomorrow", date(2100, 1, 1), by=PEOPLE)
