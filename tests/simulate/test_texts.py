import re
from random import Random

import pytest

from simulate.names import person
from simulate.places import KINDS
from simulate.texts import IDEAS, idea_for

KHMER = re.compile(r"[\u1780-\u17ff]")


@pytest.mark.parametrize("kind", KINDS)
def test_every_idea_is_told_in_both_languages_and_costs_something(kind: str) -> None:
    ideas = IDEAS[kind]
    assert len({idea.en for idea in ideas}) == len({idea.km for idea in ideas}) == len(ideas) >= 10
    for idea in ideas:
        assert KHMER.search(idea.km)
        assert not KHMER.search(idea.en)
        assert idea.cost > 0
        assert idea.quantity > 0
    assert {idea.resources for idea in ideas} == {"own", "external"}


def test_a_weak_indicator_gets_an_idea_that_answers_it() -> None:
    assert "water" in idea_for(Random(1), "health_centre", "clean_water Clean water is available", set()).en
    assert "toilets" in idea_for(Random(1), "primary_school", "toilets Toilets for girls", set()).en


def test_who_needs_outside_money_asks_for_it() -> None:
    for seed in range(30):
        assert idea_for(Random(seed), "primary_school", "teachers attend", set(), external=True).resources == "external"


def test_no_idea_is_taken_twice_in_a_commune() -> None:
    taken: set[str] = set()
    for _ in IDEAS["health_centre"]:
        idea = idea_for(Random(2), "health_centre", "clean water", taken)
        assert idea.en not in taken
        taken.add(idea.en)


def test_people_have_a_name_in_both_scripts() -> None:
    assert re.fullmatch(r"[\u1780-\u17ff]+ [\u1780-\u17ff]+ \([A-Z][a-z]+ [A-Z][a-z]+\)", person(Random(3)))
