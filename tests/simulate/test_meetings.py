from simulate.checks_scoring import category_of
from simulate.citizens import ATTRIBUTES, Citizen, citizens_of, turnouts
from simulate.meetings import MEETING_WAYS, ONLOOKERS, attendance
from simulate.places import Commune

PERSON = Citizen(1, "female", "youth", "tally", disability=True, ethnic_minority=False)


def test_whoever_comes_to_a_meeting_is_asked_and_counted() -> None:
    commune = Commune("020301", "ក", "A", villages=["02030101", "02030102"])
    commune.citizens = citizens_of("5/2026/1", turnouts("5/2026", 2)[0][0])
    for way in MEETING_WAYS:
        came = commune.came(way)
        numbers = attendance(came)
        assert numbers["total"] == len(came) + ONLOOKERS
        assert all(0 <= number <= len(came) for name, number in numbers.items() if name != "total")
        assert all(getattr(citizen, name) is not None for citizen in came for name in ATTRIBUTES)
    phones = commune.came("phone")
    assert {commune.village_of(citizen) for citizen in phones} == {None, "02030101"}
    assert {commune.village_of(citizen) for citizen in commune.came("tally")} == {"02030102"}


def test_a_citizen_is_counted_where_the_api_counts() -> None:
    places = {"sex": "female", "age_group": "youth", "sex_age": "female_youth"}
    places |= {"disability": "yes", "ethnic_minority": "no", "id_poor": "undisclosed"}
    assert {dimension: category_of(PERSON, dimension) for dimension in places} == places
