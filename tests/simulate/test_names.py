"""Names tell the sex that they were made for, so that records say it right."""

from random import Random

from simulate.names import person, sex_of


def test_a_name_tells_the_sex_it_was_made_for() -> None:
    rng = Random(1)
    assert {sex_of(person(rng, women=1)) for _ in range(100)} == {"female"}
    assert {sex_of(person(rng, women=0)) for _ in range(100)} == {"male"}
