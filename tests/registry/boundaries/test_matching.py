"""Which area a feature is, and which property says it."""

from uuid import UUID, uuid4

import pytest

from services.registry.boundaries.features import FileProblem, Wanted, choose_properties, read_features
from services.registry.boundaries.matching import Candidate, Matches, match_features, plain_code
from services.registry.boundaries.models import MatchBy
from services.registry.boundaries.preparing import Feature
from shared.areas import Level
from tests.registry.boundaries.coverage import collection, feature


def area(code: str, name: str, above: str) -> Candidate:
    """A commune."""
    return Candidate(uuid4(), code, code[:-2], frozenset({name}), frozenset({above}))


TA_PUNG = area("020201", "tapung", "thmakoul")
THMEI_HERE = area("020202", "thmei", "thmakoul")
THMEI_THERE = area("030101", "thmei", "batheay")
ALL = (TA_PUNG, THMEI_HERE, THMEI_THERE)


def told(row: int = 1, code: str | None = None, name: str | None = None, parent: str | None = None) -> Feature:
    """A feature."""
    return Feature(row=row, code=code, names=[name] if name else [], parent=parent)


def match(*features: Feature, by: MatchBy = "name", areas: tuple[Candidate, ...] = ALL) -> Matches:
    """Match communes, with the names as their own keys."""
    keys = {text: text for one in features for text in (*one.names, one.parent) if text}
    return match_features(features, areas, keys, by=by, level="commune")


def found(matches: Matches) -> dict[int, UUID]:
    """The areas' ids by row."""
    return {row: one.id for row, one in matches.areas.items()}


@pytest.mark.parametrize("code", ["020201", "20201", "KH020201", "kh020201", "02-02-01", "០២០២០១", "02 02 01"])
def test_codes_are_written_in_many_ways(code: str) -> None:
    assert plain_code(code, "commune") == "020201"
    assert found(match(told(code=code), by="code")) == {1: TA_PUNG.id}


def test_a_name_decides_within_the_area_above() -> None:
    assert found(match(told(name="tapung"))) == {1: TA_PUNG.id}
    assert found(match(told(name="thmei", parent="0301"))) == {1: THMEI_THERE.id}
    assert found(match(told(name="thmei", parent="thmakoul"))) == {1: THMEI_HERE.id}
    assert [one.reason for one in match(told(name="thmei")).unmatched] == ["ambiguous"]
    assert [one.reason for one in match(told(name="tapung", parent="batheay")).unmatched] == ["name_unknown"]


def test_what_is_left_over() -> None:
    matches = match(told(1, code="020299"), told(2), told(3, code="020201"), by="code")
    assert [(one.feature.row, one.reason) for one in matches.unmatched] == [(1, "code_unknown"), (2, "code_missing")]
    assert [one.id for one in matches.missing(ALL)] == [THMEI_HERE.id, THMEI_THERE.id]
    assert [one.reason for one in match(told(), told(2, name="nowhere")).unmatched] == ["name_missing", "name_unknown"]


def test_a_repeated_code_is_told_apart_by_name() -> None:
    twin = area("020201", "chas", "thmakoul")
    matches = match(told(1, code="020201", name="chas"), told(2, code="020201"), by="code", areas=(TA_PUNG, twin))
    assert found(matches) == {1: twin.id}
    assert [one.reason for one in matches.unmatched] == ["ambiguous"]


def test_two_features_of_one_area() -> None:
    matches = match(told(1, code="020201"), told(2, code="20201"), told(3, code="030101"), by="code")
    assert sorted(matches.repeated()) == [1, 2]


@pytest.mark.parametrize(
    ("level", "properties", "expected"),
    [
        ("commune", {"COM_CODE": "1", "COM_NAME": "x", "DIS_CODE": "2"}, ("COM_CODE", ("COM_NAME",), "DIS_CODE")),
        (
            "commune",
            {"ADM3_PCODE": "1", "ADM3_EN": "x", "ADM3_KM": "y", "ADM2_PCODE": "2"},
            ("ADM3_PCODE", ("ADM3_EN", "ADM3_KM"), "ADM2_PCODE"),
        ),
        ("province", {"adm1_pcode": "KH02", "name": "x"}, ("adm1_pcode", ("name",), None)),
        ("district", {"code": "1", "name_en": "x", "province": "y"}, ("code", ("name_en",), "province")),
    ],
)
def test_properties_are_guessed(
    level: Level, properties: dict[str, str], expected: tuple[str, tuple[str, ...], str | None]
) -> None:
    features = read_features(collection(feature(None, **properties)))
    chosen = choose_properties(features, level, Wanted("code"))
    assert (chosen.code, chosen.names, chosen.parent) == expected


def test_properties_may_be_named() -> None:
    features = read_features(collection(feature(None, code="a", my_code="b", label="c")))
    assert choose_properties(features, "commune", Wanted("code", code="my_code", name="label")).code == "my_code"
    with pytest.raises(FileProblem) as raised:
        choose_properties(features, "commune", Wanted("code", parent="up"))
    assert (raised.value.pointer, raised.value.detail) == ("query/parent_property", "code, label, my_code")
    with pytest.raises(FileProblem) as raised:
        choose_properties(features, "commune", Wanted("name"))
    assert raised.value.pointer == "query/name_property"
